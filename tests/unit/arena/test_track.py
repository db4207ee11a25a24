"""A track: the same text whatever the pieces, without white space at its ends and without reasoning."""

import random

import pytest

from fen.arena.track import Track


def play(*pieces: str) -> Track:
    track = Track()
    for piece in pieces:
        track.feed(piece)
    track.end()
    return track


def cut(text: str, seed: int) -> list[str]:
    draw, pieces = random.Random(seed), []
    while text:
        size = draw.randint(1, 5)
        pieces.append(text[:size])
        text = text[size:]
    return pieces


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Hello.", "Hello."),
        ("\n\n  Hello,\n\n you.  \n", "Hello,\n\n you."),
        ("<think>\nHm, I am Qwen.\n</think>\n\nHello.", "Hello."),
        ("  <think></think>Hello.", "Hello."),
        ("Hello <think>aloud</think>.", "Hello <think>aloud</think>."),
        ("<thinking> is a tag.", "<thinking> is a tag."),
        ("<", "<"),
        ("<think", "<think"),
        ("你好。\u3000\n", "你好。"),
    ],
)
@pytest.mark.parametrize("seed", range(4))
def test_the_text_is_the_same_however_it_was_cut(said: str, shown: str, seed: int) -> None:
    track = play(*cut(said, seed))
    assert (track.text, track.ready, track.whole, track.failed) == (shown, len(shown), True, False)


@pytest.mark.parametrize("said", ["", " \n", "<think>I never stop", "<think>done</think>  "])
def test_an_answer_without_text_has_failed(said: str) -> None:
    track = play(said)
    assert (track.text, track.failed) == ("", True)


def test_white_space_waits_for_what_follows_it() -> None:
    track = Track()
    track.feed("One. ")
    assert track.text == "One."
    track.feed("\n")
    track.feed("Two.")
    assert track.text == "One. \nTwo."
