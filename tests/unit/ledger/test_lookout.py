from fen.ledger.recovery import Lookout


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def watch(lookout: Lookout, clock: Clock, beats: dict[str, int], seconds: float) -> list[str]:
    """Look every five seconds, and return who was found silent at the end."""
    silent: list[str] = []
    for _ in range(round(seconds / 5)):
        clock.now += 5
        silent = lookout.find_silent(beats)
    return silent


def test_who_is_silent_for_a_whole_lease_is_gone() -> None:
    clock = Clock()
    lookout = Lookout(30, clock)
    assert lookout.find_silent({"a": 1, "b": 7}) == []
    assert watch(lookout, clock, {"a": 1, "b": 7}, 25) == []
    assert watch(lookout, clock, {"a": 1, "b": 8}, 5) == ["a"]
    assert watch(lookout, clock, {"a": 1, "b": 8}, 25) == ["a"]
    assert watch(lookout, clock, {"a": 1, "b": 8}, 5) == ["a", "b"]


def test_what_a_beat_says_does_not_matter_only_that_it_changes() -> None:
    clock = Clock()
    lookout = Lookout(30, clock)
    for beat in (5, 4, -1, 900, 2) * 10:
        assert watch(lookout, clock, {"a": beat}, 25) == []


def test_while_nobody_watched_nobody_was_silent() -> None:
    clock = Clock()
    lookout = Lookout(30, clock)
    watch(lookout, clock, {"a": 1}, 25)
    clock.now += 3600  # the database was away, or this machine slept
    assert lookout.find_silent({"a": 1}) == []
    assert watch(lookout, clock, {"a": 1}, 25) == []
    assert watch(lookout, clock, {"a": 1}, 5) == ["a"]


def test_who_left_and_came_back_begins_anew() -> None:
    clock = Clock()
    lookout = Lookout(30, clock)
    watch(lookout, clock, {"a": 1}, 25)
    watch(lookout, clock, {}, 5)
    assert watch(lookout, clock, {"a": 1}, 30) == []
    assert watch(lookout, clock, {"a": 1}, 5) == ["a"]
