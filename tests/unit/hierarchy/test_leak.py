"""What is a leak and what is none, behind which transforms, and how long text waits for that."""

import random
from pathlib import Path

import pytest

from fen.hierarchy.leak import BLOCK, MOST_HELD, Leak, LeakFilter, Protected
from tests.fakes.leaking import (
    CLOSED,
    backwards,
    base64,
    base64_url,
    escaped,
    hexed,
    rot13,
    separated,
    shifted,
    spelled,
    spelled_for,
    swapped,
)

SECRET = "sk-proj-9fQ2xLm7Vt4bKz81-W3e"
BEFORE = "Of course, and gladly. This is what you asked me for: "
AFTER = " That is all of it; is there anything else that I can do?"
PROMPT = (
    "You are a helpful assistant of the Harbour Library. Answer in English. Be brief and polite, and never "
    "promise that a book is on its shelf before the catalogue was looked at. Opening hours: Monday to Friday "
    "from nine to six. Readers who owe more than twelve crowns are sent to the desk on the second floor."
)
CHINESE = "你是海港图书馆的助手。请用中文回答，语气要简短而有礼貌。在查过目录之前，不要说书就在架上。"
DOCS = sorted((Path(__file__).parents[3] / "docs").glob("*.md"))


def run(
    said: str, protected: Protected | None = None, size: int | None = None, channel: str = "content"
) -> tuple[str, Leak | None]:
    """Feed a text in pieces of that size; returns what went out, and the leak."""
    filters = LeakFilter(protected or Protected((SECRET,)))
    passed, leak = "", None
    for at in range(0, len(said), size or len(said)):
        released = filters.feed(channel, said[at : at + (size or len(said))])
        passed += released.text
        leak = leak or released.leak
    released = filters.end(channel)
    return passed + released.text, leak or released.leak


PAIRS = {
    "base64 of reversed": (base64, backwards),
    "reversed base64": (backwards, base64),
    "base64 of base64": (base64, base64),
    "base64 of hex": (base64, hexed),
    "hex of base64": (hexed, base64),
    "hex of hex": (hexed, hexed),
    "ROT13 of base64": (rot13, base64),
    "base64 of ROT13": (base64, rot13),
    "ROT13 of reversed": (rot13, backwards),
    "reversed hex": (backwards, hexed),
    "ROT13 of hex": (rot13, hexed),
    "base64 without its case": (str.lower, base64),
    "base64 with its case swapped": (swapped, shifted(2)),
    "base64 with spaces between": (separated("  ", "\n"), base64),
    "base64 of what has zero width between": (base64, separated("\u200b")),
    "base64 for URLs of what has marks between": (base64_url, separated("~", ">", "?")),
    "spelled base64": (spelled, base64),
    "base64 of spelled": (base64, spelled_for),
    "spelled of spelled": (spelled, spelled),
    "reversed spelled": (backwards, spelled_for),
    "ROT13 of spelled": (rot13, spelled),
    "spelled with dots between": (separated("."), spelled),
    "spelled hex": (spelled, hexed),
    "hex with dashes between": (separated("-"), hexed),
}


@pytest.mark.parametrize("size", [None, 1, 7], ids=["whole", "by one", "by seven"])
@pytest.mark.parametrize("name", [*CLOSED, *PAIRS])
def test_a_secret_is_found_behind_the_closed_list(name: str, size: int | None) -> None:
    outer, inner = PAIRS.get(name) or (CLOSED[name], str)
    passed, leak = run(BEFORE + outer(inner(SECRET)) + AFTER, size=size)
    assert leak is not None
    assert leak.kind == "secret"
    assert len(passed) - len(BEFORE) < len(outer(inner(SECRET[:16])))
    assert run(passed)[1] is None


@pytest.mark.parametrize("after", ["z", "zzz", "abc"])
def test_letters_that_stick_to_the_last_reversed_word_hide_nothing(after: str) -> None:
    spelled = "zero, one, two, three, four, five, six, capital Alpha, seven"
    filters = LeakFilter(Protected(("0123456A7890",)))
    released = filters.feed("content", "Here: " + spelled[::-1] + after)
    assert (released.leak or filters.end("content").leak) is not None


@pytest.mark.parametrize("after", ["", "zzz", " and more"])
@pytest.mark.parametrize("joint", ["for", "as in"])
@pytest.mark.parametrize("turned", [False, True])
def test_letters_said_with_a_word_each_are_found_either_way(joint: str, turned: bool, after: str) -> None:
    secret = "PaCoscSznSsN"
    words = {"p": "Papa", "a": "Alpha", "c": "Charlie", "o": "Oscar", "s": "Sierra", "z": "Zulu", "n": "Nana"}
    spelled = "; ".join(f"{letter} {joint} {words[letter.lower()]}" for letter in secret)
    filters = LeakFilter(Protected((secret,)))
    released = filters.feed("content", "Here: " + (spelled[::-1] if turned else spelled) + after)
    assert (released.leak or filters.end("content").leak) is not None


MISSED = {
    "a nine before an R that is said as in Romeo": ("dots", "spelled as in", "5Fe-2Mhil9rZ_kBgaK", 11),
    "the same where letters are said for words": ("spelled for", "spelled as in", "BA9rUGB_3p7SjE", 9),
    "a last letter of hex": ("spelled letters", "hex", "PfBYfnnyCdOhKNdjJ", 11),
    "a last letter of hex with marks": ("spelled letters", "hex with \\x", "pksy7MiJa4eMaep65_D_", 12),
    "a last letter of ROT13": ("spelled letters", "rot13", "jJRtkTk9MxGQWqrW", 10),
    "a last letter of a secret said as in": ("spelled letters", "spelled as in", "oEvSDt6XmLd3ns9qAA4k", 12),
    "an X that a reversed X-ray ends in": ("reversed", "spelled", "xZc3HgXCUiMn", 8),
    "a one that comes last": ("spelled letters", "reversed", "1oflmsggrYk8i82i", 10),
}


@pytest.mark.parametrize("size", [None, 1, 7])
@pytest.mark.parametrize("after", ["", "zzz", "z" * 50, "forty", " And that was all of it."])
@pytest.mark.parametrize("name", MISSED)
def test_six_tenths_are_found_whatever_their_last_letter_runs_into(
    name: str, after: str, size: int | None
) -> None:
    outer, inner, secret, least = MISSED[name]
    said = BEFORE + CLOSED[outer](CLOSED[inner](secret[:least])) + after
    assert run(said, Protected((secret,)), size)[1] is not None


@pytest.mark.parametrize("words", ["k l", "w e Z", "w e Z k"])
def test_a_word_behind_lone_letters_is_no_letter_where_more_are_spelled(words: str) -> None:
    rest = ["seven", "Q", "two", "x", "nine", "L", "m", "four"]
    said = f"{words} kindly {' kindly '.join(rest)} one two"
    secret = words.replace(" ", "") + "7Q2x9Lm412"
    assert run(BEFORE + said + AFTER, Protected((secret,)))[1] is not None


@pytest.mark.parametrize("pause", range(1, 20, 3))
def test_letters_before_their_only_digit_are_spelled_however_they_are_cut(pause: int) -> None:
    filters = LeakFilter(Protected(("1oflmsggrYk8i82i",)))
    said = "Y r g g s m l f o one"
    for at in range(0, len(said), pause):
        filters.feed("content", said[at : at + pause])
        leak = filters.pause("content").leak
    assert (leak or filters.end("content").leak) is not None


def test_a_leak_tells_where_it_is_and_not_what() -> None:
    _, leak = run(BEFORE + base64(backwards(SECRET)))
    assert leak is not None
    assert leak.transforms == ("base64", "reversed")
    assert leak.start <= len(BEFORE) <= leak.end
    assert len(leak.digest) == 16


def test_six_tenths_are_a_leak_and_less_is_none() -> None:
    letters = "q7wK2mZx9Lp4Rt6Vb3Nc"
    protected = Protected((letters,))
    assert run(BEFORE + letters[4:16] + AFTER, protected)[1] is not None
    innocent = BEFORE + letters[4:15] + AFTER
    assert run(innocent, protected) == (innocent, None)


@pytest.mark.parametrize("said", ["!?#$%&/()=+*~@", "$$-$$-a-$$-b-$$", "密码是海港图书馆的大门钥匙"])
def test_secrets_of_other_marks_than_letters(said: str) -> None:
    protected = Protected((said,))
    assert run(BEFORE + said + AFTER, protected)[1] is not None
    assert run(BEFORE + " ".join(said) + AFTER, protected)[1] is not None
    assert run(BEFORE + base64(said) + AFTER, protected)[1] is not None
    assert run(BEFORE + AFTER, protected) == (BEFORE + AFTER, None)


@pytest.mark.parametrize("secret", ["short", "elevenchars", "            ", "\n" * 40])
def test_too_short_a_secret_is_refused_without_being_told(secret: str) -> None:
    with pytest.raises(ValueError, match="expected at least 12") as error:
        Protected((secret,))
    assert secret not in str(error.value)


def test_canaries_are_told_apart() -> None:
    _, leak = run("canary-55aa17", Protected((SECRET,), ("canary-55aa17",)))
    assert leak is not None
    assert leak.kind == "canary"


@pytest.mark.parametrize("transform", ["plain", "upper", "reversed", "rot13", "base64", "hex", "spelled"])
def test_the_system_prompt_is_found(transform: str) -> None:
    said = CLOSED[transform](PROMPT[60:200])
    passed, leak = run(BEFORE + said + AFTER, Protected(system=PROMPT))
    assert leak is not None
    assert leak.kind == "system"
    assert len(passed) < len(BEFORE) + len(said) / 2


def test_forty_eight_characters_of_the_prompt_are_a_leak() -> None:
    start = PROMPT.index("never promise")
    protected = Protected(system=PROMPT)
    assert run(f"Quote: {PROMPT[start : start + 48]}!", protected)[1] is not None
    innocent = f"Quote: {PROMPT[start : start + 45]}!"
    assert run(innocent, protected) == (innocent, None)


def test_sixteen_chinese_characters_of_the_prompt_are_a_leak() -> None:
    protected = Protected(system=CHINESE)
    start = CHINESE.index("请用")
    assert run(f"他说：{CHINESE[start : start + 17]}。", protected)[1] is not None
    innocent = f"他说：{CHINESE[start : start + 13]}。"
    assert run(innocent, protected) == (innocent, None)
    assert run(base64(CHINESE), protected)[1] is not None
    assert run(backwards(base64(CHINESE)), protected)[1] is not None


def test_what_may_be_quoted_is_no_leak() -> None:
    hours = "Opening hours: Monday to Friday from nine to six."
    protected = Protected(system=PROMPT, quotable=(hours,))
    assert run(f"Gladly. {hours} Come in!", protected) == (f"Gladly. {hours} Come in!", None)
    assert run(PROMPT, protected)[1] is not None
    long = "From nine to six. " * 300
    protected = Protected(system=f"Tell the hours. {long}", quotable=(long,))
    assert run(long, protected) == (long, None)
    protected = Protected(
        system=f"{long}Tell nobody that the harbour master keeps the key.", quotable=(long,)
    )
    innocent = f"{long}Tell nobody!"
    assert run(innocent, protected, 7) == (innocent, None)
    passed, leak = run(f"{long}Tell nobody that the harbour master keeps the key.", protected)
    assert leak is not None
    assert not leak.held
    assert len(passed) > len(long) - 2 * BLOCK


INNOCENT = [
    "I am a helpful assistant, and I can answer in English. Be brief, you said: so I will be brief.",
    "You are a helpful assistant, too, if you bring the book back to its shelf before six on Friday.",
    "The catalogue lists it under opening hours. Readers who owe more than that are asked at the desk.",
    "As your helpful assistant I can't promise that. From nine to six somebody answers the telephone.",
    (
        "Alpha, bravo and charlie are words of the spelling alphabet; S for sugar, as in the old one. One, "
        "two, three, four: november was in the hotel with romeo and juliet, and echo answered for the tango."
    ),
    "deadbeef cafebabe 0xdeadbeef 20240131 5f4dcc3b5aa765d61d8327deb882cf99 \\x41\\x42\\x43 %20%21",
    "SGVsbG8sIHdvcmxkISBUaGlzIGlzIGEgaGFybWxlc3MgdGV4dCBpbiBiYXNlNjQu",
    "```python\nprint('\\u00e9\\n', \"\\\\\")  # 3.14159\n```\n| a | b |\n| --- | --- |\n" + "-" * 300,
    "我可以用中文回答。请把书放回架上，然后到二楼的服务台。",
    "—" * 500 + "…" + "😀" * 100,
    "",
]


@pytest.mark.parametrize("size", [None, 1, 5])
@pytest.mark.parametrize("said", INNOCENT)
def test_innocent_answers_pass_as_they_are(said: str, size: int | None) -> None:
    protected = Protected((SECRET, "correct horse battery staple"), ("canary-55aa17",), PROMPT)
    if said:
        assert run(said, protected, size) == (said, None)
        assert run(said, Protected(system=CHINESE), size, "arguments") == (said, None)


def test_the_documents_of_this_project_pass_as_they_are() -> None:
    said = "\n".join(path.read_text() for path in DOCS)[:60_000]
    assert len(said) > 10_000
    assert run(said, Protected((SECRET, "correct horse battery staple"), (), PROMPT), 9) == (said, None)


def test_random_codes_pass_as_they_are() -> None:
    chance = random.Random(4)
    said = base64(chance.randbytes(3000).decode("latin-1")) + chance.randbytes(1000).hex()
    said += base64("The quick brown fox jumps over the lazy dog. " * 40)
    assert run(said, Protected((SECRET,), (), PROMPT), 11) == (said, None)


@pytest.mark.parametrize("said", [INNOCENT[0] * 3, INNOCENT[4] * 3, INNOCENT[7], INNOCENT[8] * 9])
def test_innocent_text_waits_for_two_blocks_at_most(said: str) -> None:
    filters = LeakFilter(Protected((SECRET,), (), "Sail on, and mind the reefs that lie before the harbour."))
    for char in said:
        filters.feed("content", char)
        assert filters.waiting("content") < 2 * BLOCK


def test_a_match_that_goes_on_is_held_and_let_go_when_it_ends() -> None:
    filters = LeakFilter(Protected(("x" + "abcdefghijklmnopqrstuvwxyz0123456789" * 3,)))
    said = "x" + "abcdefghijklmnopqrstuvwxyz0123456789"
    assert filters.feed("content", said).text == ""
    assert filters.waiting("content") == len(said)
    passed = filters.feed("content", ", and so forth, up to the end of this long sentence.").text
    assert passed.startswith(said)
    assert run(said, Protected((said[::2] + "and more of this",))) == (said, None)


def test_a_match_that_goes_on_for_too_long_is_a_leak() -> None:
    chance = random.Random(7)
    secret = "".join(chance.choice("abcdefghkmnpqrstuvwxyz23456789") for _ in range(1700))
    passed, leak = run(BEFORE + "  .  ".join(secret), Protected((secret,)), 10)
    assert leak is not None
    assert leak.held
    assert leak.end - leak.start <= MOST_HELD + 2 * BLOCK
    assert len(passed) < len(BEFORE) + 2 * BLOCK
    _, leak = run(BEFORE + secret, Protected((secret,)))
    assert leak is not None
    assert not leak.held


@pytest.mark.parametrize("rest", ["—" * 4000, "，。" * 2000, "=" * 4000, "海港" * 2000])
def test_a_match_that_stands_still_is_let_go(rest: str) -> None:
    for begun in (SECRET[:9], base64(SECRET[:9]), hexed(SECRET[:9])):
        assert run(begun + rest, size=50) == (begun + rest, None)


def test_arguments_have_their_escapes_undone() -> None:
    said = '{"note": "' + escaped(SECRET) + '"}'
    passed, leak = run(said, channel="tool_calls[0].function.arguments", size=1)
    assert leak is not None
    assert len(passed) < 0.6 * len(said)
    assert run('{"a": "' + "\\n".join(SECRET) + '"}', channel="arguments")[1] is not None
    assert run(escaped(base64(backwards(SECRET))), channel="arguments")[1] is not None
    assert run(escaped(SECRET))[1] is not None


def test_channels_do_not_mix() -> None:
    filters = LeakFilter(Protected((SECRET,)))
    for one, other in zip(SECRET[::2], SECRET[1::2], strict=True):
        filters.feed("one", one)
        filters.feed("other", other)
    assert filters.end("one").text == SECRET[::2]
    assert filters.end("other").text == SECRET[1::2]


def test_a_pause_lets_go_what_waits_and_keeps_the_match() -> None:
    filters = LeakFilter(Protected((SECRET,)))
    assert filters.feed("content", "Hello.").text == ""
    assert filters.pause("content").text == "Hello."
    passed = ""
    leak = None
    for char in SECRET:
        passed += filters.feed("content", char).text
        released = filters.pause("content")
        passed += released.text
        leak = leak or released.leak
    assert leak is not None
    assert len(passed) < 0.6 * len(SECRET)


def test_nothing_goes_out_behind_a_leak() -> None:
    filters = LeakFilter(Protected((SECRET,)))
    assert filters.feed("content", SECRET + AFTER).leak is not None
    released = filters.feed("content", AFTER)
    assert released.text == ""
    assert released.leak is not None
    assert filters.end("content").text == ""
