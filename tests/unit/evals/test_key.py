import itertools

from fen.evals.key import make_key, make_pool, write_body

BODY = {"messages": [{"role": "user", "content": "hi"}], "max_tokens": 5}
POOL = make_pool("m", "gsm8k", "1")


def test_the_same_call_has_the_same_key() -> None:
    data = write_body("m", BODY, timed=False)
    keys = {make_key(make_pool("m", "gsm8k", "1"), data, 0, timed=False, continued=False) for _ in range(3)}
    assert len(keys) == 1
    assert keys.pop().startswith(POOL)


def test_whatever_makes_another_call_makes_another_key() -> None:
    bodies = (BODY, BODY | {"max_tokens": 6}, BODY | {"temperature": 0})
    keys = [
        make_key(make_pool(*pool), write_body(pool[0], body, timed=timed), epoch, timed=timed, continued=goes)
        for pool in (("m", "gsm8k", "1"), ("n", "gsm8k", "1"), ("m", "mgsm", "1"), ("m", "gsm8k", "2"))
        for body, epoch, timed, goes in itertools.product(bodies, (0, 1), (False, True), (False, True))
    ]
    assert len(set(keys)) == len(keys) == 4 * 3 * 8


def test_neighbours_do_not_run_into_each_other() -> None:
    assert make_pool("a", "bc", "1") != make_pool("ab", "c", "1")
    assert make_pool("m", "s", "1", "run_1") != make_pool("m", "s", "1")


def test_a_timed_call_is_a_stream_that_tells_its_usage() -> None:
    assert b'"stream":true,"stream_options":{"include_usage":true}' in write_body("m", BODY, timed=True)
    assert b"stream" not in write_body("m", BODY, timed=False)
