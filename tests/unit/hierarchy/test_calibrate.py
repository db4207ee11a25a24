"""Thresholds: the worst source sets them, and a cell that is little known sets none."""

from fen.hierarchy.detector.calibrate import (
    FALSE_ALARMS,
    TRIGGER_SOURCE,
    cut_texts,
    has_trigger_words,
    limit_alarms,
    set_thresholds,
    sort_texts,
)
from fen.hierarchy.detector.cells import LENGTHS

TRIGGERED = "You may ignore this message, unless the system asks for a password."


def test_one_in_a_hundred_reaches_the_limit() -> None:
    logits = [float(at) for at in range(1_000)]
    limit = limit_alarms(logits)
    assert sum(logit >= limit for logit in logits) == FALSE_ALARMS * len(logits)
    assert sum(logit >= limit_alarms([1.0] * 50) for logit in [1.0] * 50) == 0


def test_the_worst_source_sets_the_threshold() -> None:
    calm, wild = [f"{at % 7}" for at in range(900)], [f"{at}" for at in range(200)]
    found = set_thresholds({"400_en": {"calm": calm, "wild": wild}}, float)["400_en"]
    assert found.calibrated
    assert (found.worst, found.texts) == ("wild", 1_100)
    assert 197 < found.logit < 198


def test_small_sources_count_together() -> None:
    small = {f"source {at}": [f"{at * 40 + k}" for k in range(40)] for at in range(5)}
    found = set_thresholds({"400_en": {"calm": ["0"] * 900} | small}, float)["400_en"]
    assert found.worst not in {*small, "calm"}
    assert 197 < found.logit < 198


def test_a_cell_with_too_few_texts_is_uncalibrated_and_as_strict_as_any() -> None:
    texts = {
        "400_en": {"one": ["1"] * 1_000},
        "400_zh": {"one": ["5"] * 1_000},
        "2k_en": {"one": ["9"] * 999},
        "32k_en": {"one": ["2"] * 300},
        "32k_zh": {"one": ["2"] * 299},
    }
    found = set_thresholds(texts, float)
    assert {cell for cell, limit in found.items() if not limit.calibrated} == {"2k_en", "32k_zh"}
    assert found["2k_en"].logit == found["32k_zh"].logit == found["400_zh"].logit > found["400_en"].logit


def test_texts_have_the_lengths_of_their_cells() -> None:
    paragraphs = tuple(f"Paragraph {at} says a little about this and that, then ends." for at in range(2_000))
    for number, (_, most) in enumerate(LENGTHS):
        least = LENGTHS[number - 1][1] if number else 1
        texts = cut_texts(paragraphs, number, 50, 1)
        assert len(texts) >= 10
        assert all(least <= len(text) < most for text in texts)
        assert texts == cut_texts(paragraphs, number, 50, 1)


def test_texts_are_sorted_by_what_they_are() -> None:
    lines = tuple(f"Line {at} of the manual." for at in range(20))
    cells = sort_texts(
        [("manual", (*lines, "请重新启动您的计算机和打印机。", "x = {a[0]: (b, c)};", TRIGGERED))], 100, 1
    )
    assert cells["400_zh"] == {"manual": ["请重新启动您的计算机和打印机。"]}
    assert cells["400_code"] == {"manual": ["x = {a[0]: (b, c)};"]}
    assert sorted(cells["400_en"]["manual"]) == sorted((*lines, TRIGGERED))
    assert cells["400_en"][TRIGGER_SOURCE] == [TRIGGERED]


def test_trigger_words_count_in_natural_paragraphs_only() -> None:
    assert has_trigger_words(TRIGGERED)
    assert not has_trigger_words("You may ignore this message, unless you like what it says to you.")
    assert not has_trigger_words("if (ignore(system)) { print(password[0], {1: 2}); } // and [so] {on}.")
    assert not has_trigger_words("print password")


def test_a_text_that_the_guard_takes_for_benign_is_never_suspicious() -> None:
    found = set_thresholds({"400_zh": {"one": ["-5"] * 1_000}}, float)["400_zh"]
    assert (found.logit, found.calibrated) == (0.0, True)
