"""What of a segment's beginning is new, whatever the chunks."""

import json

import pytest

from fen.gateway.json_prefix import JsonScanner
from fen.gateway.overlap import choose_anchor
from fen.gateway.seam import Seam, join_prefill, join_turn
from fen.gateway.tail import HalfCharacters, StopWatch
from tests.sizes import pick

_STORY = (
    "The lighthouse keeper counted the ships that passed below, one for each of the years he had been there, "
)
_CODE = "Here it is:\n\n```python\ndef measure(vessel, depth):\n    return vessel.draught + dep"
_CJK = "从前有一座山，山上有一座庙，庙里住着一个老和尚，他每天清晨都要到山下的河边去打水，再慢慢地走回来，"
_EMOJI = "A list of animals: 🐙 octopus, 🦊 fox, 👨‍👩‍👧‍👦 family of bears, 🏴‍☠️ pirate parrot, 🦜"
_LIST = "Things to pack:\n\n- a map of the northern coast\n- two coils of ro"
_NUMBERED = "Steps:\n\n1. Open the sluice\n2. Wait for the wa"


def _join(seam: Seam, reply: str, size: int) -> str:
    pieces = [seam.feed(reply[at : at + size]) for at in range(0, len(reply), size)]
    return "".join(pieces) + seam.finish()


def _turn(text: str, reply: str, size: int = 7) -> str:
    return text + _join(join_turn(text, choose_anchor(text, 96), None), reply, size)


def _anchor(text: str) -> str:
    return choose_anchor(text, 96)


@pytest.mark.parametrize("size", [1, 7, 10_000])
@pytest.mark.parametrize(
    ("text", "reply", "joined"),
    [
        # the anchor, exactly, after an introduction, in quotes, with other white space at its end
        (_STORY, _anchor(_STORY) + "and sighed.", "and sighed."),
        (_STORY, f"Sure, here is the continuation:\n\n{_anchor(_STORY)}and sighed.", "and sighed."),
        (_STORY, f'Continuing: "{_anchor(_STORY)}and sighed.', "and sighed."),
        (_STORY, f"好的，继续：{_anchor(_STORY)}and sighed.", "and sighed."),
        (_STORY.rstrip() + "\n", f"{_anchor(_STORY).rstrip()} and sighed.", " and sighed."),
        # more or less of the end than was asked for, nothing of it, all of it
        (_STORY, _STORY[-30:] + "and sighed.", "and sighed."),
        ("x" * 9 + _STORY, _STORY[2:] + "and sighed.", "and sighed."),
        (_STORY, "and sighed.", "and sighed."),
        (_STORY * 5 + "At last ", _STORY * 5 + "At last " + "he slept.", "he slept."),
        # CJK and emoji, of which a few characters are no chance
        (_CJK, _anchor(_CJK) + "然后做饭。", "然后做饭。"),
        (_CJK, "慢慢地走回来，然后做饭。", "然后做饭。"),
        (_CJK, "以下是继续的内容：\n" + _anchor(_CJK) + "然后做饭。", "然后做饭。"),
        (_EMOJI, _anchor(_EMOJI) + " parrot", " parrot"),
        (_EMOJI, "🏴‍☠️ pirate parrot, 🦜 parrot", " parrot"),
        # an open fence
        (_CODE, "```python\nth\n```\n", "th\n```\n"),
        (_CODE, "Sure:\n\n```python\nth\n```\n", "th\n```\n"),
        (_CODE, "```\n    return vessel.draught + depth\n```\n", "th\n```\n"),
        (_CODE + "th\n", "```\nThat is all.", "```\nThat is all."),
        (_CODE + "th\n```\n", "```sh\nrun\n```", "```sh\nrun\n```"),
        # a fence that the last line closes, opened again, or another one on a line of its own
        (_CODE + "th\n```", "```python\n\nThat is all.", "\nThat is all."),
        (_CODE + "th\n```", "```sh\nrun\n```", "\n```sh\nrun\n```"),
        (_CODE + "th\n```", "\n\nThat is all.", "\n\nThat is all."),
        # lists
        (_LIST, "- pe\n- a lamp", "pe\n- a lamp"),
        (_LIST, "pe\n- a lamp", "pe\n- a lamp"),
        (_LIST, "\n- two coils of rope\n- a lamp", "pe\n- a lamp"),
        (_LIST + "pe.", "- a lamp", "\n- a lamp"),
        (_LIST + "pe", "\n- a lamp", "\n- a lamp"),
        (_LIST + "pe\n- ", "- a lamp", "a lamp"),
        (_LIST + "pe\n-", "- a lamp", " a lamp"),
        (_LIST + "pe", " - a long one", " - a long one"),
        (_NUMBERED, "2. ter to fall\n3. Close it", "ter to fall\n3. Close it"),
        (_NUMBERED + "ter", "3. Close it", "\n3. Close it"),
        ("- a", "\n- apple", "\n- apple"),
    ],
)
def test_a_turn_joins_where_the_text_ended(text: str, reply: str, joined: str, size: int) -> None:
    assert _turn(text, reply, size) == text + joined


def test_a_repetitive_text_loses_exactly_the_anchor() -> None:
    text = "ha " * 90
    assert _turn(text, _anchor(text) + "ha " * 40 + "stop") == "ha " * 130 + "stop"


def test_an_anchor_that_a_repetitive_text_says_again_is_no_introduction() -> None:
    text = "".join(f"Row {number % 9} has nothing to report\n" for number in range(36))
    assert _turn(text, "At sea, " + text[-130:] + "End.") == text + "At sea, " + text[-130:] + "End."


def test_a_reply_that_begins_again_and_tells_it_differently_is_refused() -> None:
    text = "".join(f"Sentence {number} of the tale. " for number in range(60))
    seam = join_turn(text, _anchor(text), None)
    assert _join(seam, text[:800] + "But now everything is different.", 7) == ""
    assert seam.refused


def test_a_reply_that_only_says_the_text_again_adds_nothing() -> None:
    text = "".join(f"Sentence {number} of the tale. " for number in range(60))
    assert _turn(text, text[:900]) == text
    assert _turn(text, text[:100]) == text


def test_a_turn_holds_back_no_more_than_an_introduction_and_two_anchors() -> None:
    seam = join_turn(_STORY, _anchor(_STORY), None)
    passed = [bool(seam.feed(char)) for char in "".join(map(str, range(2000)))]
    assert passed.index(True) <= 200 + 2 * len(_anchor(_STORY))
    assert all(passed[passed.index(True) :])


def test_prefill_passes_at_once_and_cuts_nothing() -> None:
    seam = join_prefill("ha ha ", None)
    assert [seam.feed("ha"), seam.feed(" ha"), seam.finish()] == ["ha", " ha", ""]


@pytest.mark.parametrize(
    ("text", "reply", "joined"),
    [
        ("one \n", " \ntwo", "two"),
        ("one\n", "\n\ntwo", "\ntwo"),
        ("one ", "two", "two"),
        ("one", " two", " two"),
        ("one\n\n", "\n", ""),
    ],
)
def test_white_space_that_the_vendor_did_not_see_comes_once(text: str, reply: str, joined: str) -> None:
    assert _join(join_prefill(text, None, trims=True), reply, 1) == joined


@pytest.mark.parametrize(("reply", "joined"), [(_STORY + "so he", "so he"), ("so he", "so he")])
def test_an_echoed_text_is_cut(reply: str, joined: str) -> None:
    assert _join(join_prefill(_STORY, None, echoes=True), reply, 5) == joined


_DOCUMENT = json.dumps(
    {
        "title": 'Tides "and" currents',
        "places": [{"name": "Brest", "depth": 12.5}, {"name": "上海", "depth": -3e2}],
        "notes": "Measured twice, at noon and at midnight; see the log for what the crew had to say.",
        "ok": True,
        "more": {"pilot": None, "crew": ["Ann", "Bo"]},
    },
    indent=1,
    ensure_ascii=False,
)


def _scan(text: str) -> JsonScanner:
    scanner = JsonScanner()
    assert scanner.feed(text) == len(text)
    return scanner


def _key_again(text: str) -> str:
    return text[_scan(text).keys()[0] :]


@pytest.mark.parametrize("size", [1, 9, 10_000])
@pytest.mark.parametrize(
    "again",
    [
        _anchor,
        lambda text: "",
        lambda text: text,
        lambda text: "Here is the rest:\n```json\n" + text,
        lambda text: "Sure! " + text,
        _key_again,
    ],
    ids=["anchor", "nothing", "document", "fenced document", "introduced document", "key"],
)
def test_json_stays_one_document_wherever_it_was_cut(again, size: int) -> None:
    for cut in range(12, len(_DOCUMENT) - 1, pick(13, 1)):
        text = _DOCUMENT[:cut]
        if again is _key_again and not _scan(text).keys():
            continue
        scanner = _scan(text)
        seam = join_turn(text, _anchor(text), scanner)
        joined = text + _join(seam, again(text) + _DOCUMENT[cut:] + "\n```\nThat is all.", size)
        assert json.loads(joined) == json.loads(_DOCUMENT), (cut, joined[cut - 5 : cut + 60])
        assert scanner.done


def test_a_document_that_begins_again_in_another_layout_is_aligned() -> None:
    text = _DOCUMENT[:150]
    scanner = _scan(text)
    reply = json.dumps(json.loads(_DOCUMENT), ensure_ascii=False, separators=(",", ":"))
    reply = reply.replace("-3e2", "-300.0") if "-3e2" not in text else reply
    joined = text + _join(join_turn(text, _anchor(text), scanner), reply, 11)
    assert json.loads(joined) == json.loads(_DOCUMENT)


@pytest.mark.parametrize("reply", ["I am sorry, I cannot.", '{"other": 1}', "]", "```json\n[1]\n```"])
def test_what_would_break_the_document_is_refused(reply: str) -> None:
    scanner = _scan('{"a": [1, 2], ')
    seam = join_turn('{"a": [1, 2], ', '"a": [1, 2], ', scanner)
    assert _join(seam, reply, 4) == ""
    assert seam.refused
    assert not scanner.failed or not seam.added


def test_a_prefilled_document_ends_where_it_breaks() -> None:
    scanner = _scan('{"a": [1')
    seam = join_prefill('{"a": [1', scanner)
    assert _join(seam, ', 2}, "b"', 3) == ", 2"
    assert seam.refused


@pytest.mark.parametrize(
    ("text", "accepted"),
    [
        ('{"a": 01}', 7),
        ('{"a": tru }', 9),
        ('{"a": "\\x"}', 8),
        ('{"a" 1}', 5),
        ("[1,]", 3),
        ('{"a": 1,}', 8),
        ('["\\u12g4"]', 6),
        ("[1.]", 3),
        ('["a\nb"]', 3),
        ("{]", 1),
    ],
)
def test_the_scanner_stops_where_a_document_breaks(text: str, accepted: int) -> None:
    scanner = JsonScanner()
    assert scanner.feed(text) == accepted
    assert scanner.failed


def test_half_a_character_is_held_and_dropped() -> None:
    half = HalfCharacters()
    assert [half.feed("茶\ufffd"), half.feed("\ufffd!"), half.feed("\ufffd")] == ["茶", "\ufffd\ufffd!", ""]
    half.drop()
    assert half.flush() == ""
    assert half.feed("\ufffd") + half.flush() == "\ufffd"


def test_a_stop_sequence_counts_only_across_a_seam() -> None:
    watch = StopWatch(("END", "\n\n"))
    assert watch.feed("the END is ") == "the END is "
    assert watch.feed("near E") == "near "
    watch.seam()
    assert watch.feed("N") == ""
    watch.seam()
    assert (watch.feed("D of it"), watch.hit) == ("", True)


def test_a_stop_sequence_within_a_segment_is_left_to_the_upstream() -> None:
    watch = StopWatch(("a", "xaxb"))
    assert watch.feed("xax") == ""
    watch.seam()
    assert watch.feed("c") == "xaxc"


def test_what_only_began_like_a_stop_sequence_passes() -> None:
    watch = StopWatch(("END",))
    assert watch.feed("EN") == ""
    watch.seam()
    assert watch.feed("E") == "EN"
    assert watch.feed("NERGY END") == "ENERGY END"
    assert not watch.hit
