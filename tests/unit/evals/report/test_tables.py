"""Tables and Markdown: figures as a reader sees them, in both languages."""

from decimal import Decimal
from typing import get_args

import pytest

from fen.evals.judge import read_cutoffs
from fen.evals.registry import list_suites
from fen.evals.report import (
    LANGUAGES,
    Entry,
    Language,
    build_report,
    describe_report,
    list_tables,
    speak,
    write_markdown,
)
from fen.evals.report.figures import write_amount, write_per_correct, write_percent, write_seconds
from fen.evals.report.tables import tell_dimensions, tell_effort, tell_outcomes, tell_overview, tell_scores
from fen.evals.report.values import Figure, PerCorrect
from fen.evals.report.words import read_words
from fen.evals.score import OUTCOMES, Score
from tests.fakes.eval_reports import NOON, half, make_entry, make_records, make_report, make_run


@pytest.mark.parametrize(
    ("figure", "shown"),
    [
        (Figure(0.62, 0.482, 0.741, 50, "Wilson"), "62.0 [48.2-74.1]"),
        (Figure(0.62), "62.0"),
        (Figure(None, n=0), "-"),
        (Figure(1.0, 0.9289, 1.0, 50), "100.0 [92.9-100.0]"),
    ],
)
def test_shares_are_percent_with_their_interval(figure: Figure, shown: str) -> None:
    assert write_percent(figure) == shown


@pytest.mark.parametrize(
    ("amount", "shown"),
    [("0", "0"), ("0.0001234", "0.000123"), ("0.001", "0.00100"), ("12.345", "12.3"), ("12345", "12345")],
)
def test_amounts_have_three_digits_and_no_exponent(amount: str, shown: str) -> None:
    assert write_amount(Decimal(amount)) == shown


@pytest.mark.parametrize(
    ("value", "low", "high", "shown"),
    [
        ("0.02", "0.015", "0.03", "0.0200 [0.0150-0.0300] USD"),
        ("0.02", "0.015", None, "0.0200 [≥0.0150] USD"),
        (None, "0.5", None, "> 0.500 USD"),
        ("0", "0", None, "0 USD"),
    ],
)
def test_cost_per_correct_says_what_is_known(
    value: str | None, low: str | None, high: str | None, shown: str
) -> None:
    a, b, c = (None if amount is None else Decimal(amount) for amount in (value, low, high))
    assert write_per_correct(PerCorrect(a, b, c, "USD")) == shown
    assert write_per_correct(None) == "-"


def test_seconds_are_exact_where_they_are_few() -> None:
    assert [write_seconds(value) for value in (0.512, 12.3, 1234)] == ["0.51", "12", "1,234"]


def test_a_single_model_needs_no_column() -> None:
    one = make_report(make_entry("a/one", {"gsm8k": ["correct", "wrong", "truncated"]}))
    words = speak("en")
    assert [heading.title for heading in tell_scores(one, words).headings][:2] == ["suite", "strict"]
    (row,) = tell_scores(one, words).rows
    assert row[0] == "gsm8k"
    assert (row[2], row[4]) == ("3", "2")
    assert tell_outcomes(one, words).rows == (("gsm8k", "1", "1", "1", "0", "0", "0"),)
    assert tell_effort(one, words).rows[0][1:4] == ("20", "20", "29")


def test_grades_are_given_to_what_a_judge_scored_and_to_nothing_else() -> None:
    suites = {suite.name: suite for suite in list_suites()}
    entry = make_entry(
        "a/one", {"gsm8k": half(380, 400), "role_play": half(380, 400), "finance": half(340, 400)}
    )
    report = build_report([entry], suites, NOON)
    table = tell_scores(report, speak("en"))
    place = [heading.title for heading in table.headings].index("grade")
    assert {row[0]: row[place] for row in table.rows} == {"gsm8k": "-", "role_play": "A", "finance": "A/B"}
    assert "A ≥ 85, B ≥ 70, C ≥ 55, D ≥ 0" in table.notes[0]
    stricter = build_report([entry], suites, NOON, None, read_cutoffs("S=0.99,T=0"))
    assert {one.grade for one in stricter.suites} == {None, "T"}
    assert {one["name"]: one["grade"] for one in describe_report(report)["suites"]}["finance"] == "A/B"
    assert "grade" not in [h.title for h in tell_scores(make_report(entry), speak("en")).headings]


def test_an_interval_that_says_nothing_gives_all_letters() -> None:
    suites = {suite.name: suite for suite in list_suites()}
    run = make_run()
    (record,) = make_records(run, "role_play", ["wrong"], score=Score("wrong", 0.9), cluster="x")
    report = build_report([Entry("a/one", (run,), (record,))], suites, NOON)
    assert report.suites[0].grade == "A/D"


def test_several_models_stand_beside_each_other_and_many_below() -> None:
    entries = [make_entry(f"v/m{number}", {"gsm8k": half(number)}, number) for number in range(1, 6)]
    few = tell_dimensions(make_report(*entries[:2]), speak("en"))
    assert [heading.title for heading in few.headings] == ["dimension", "v/m2", "v/m1"]
    many = tell_dimensions(make_report(*entries), speak("en"))
    assert [row[1] for row in many.rows] == ["v/m5", "v/m4", "v/m3", "v/m2", "v/m1"]


def test_the_rule_of_the_total_and_what_it_lacks_are_printed_with_it() -> None:
    report = make_report(make_entry("a/one", {"gsm8k": half(5)}))
    notes = tell_overview(report, speak("en")).notes
    assert "mean of the groups" in notes[0]
    assert "safety" in notes[1]
    assert "安全" in tell_overview(report, speak("zh")).notes[1]


def test_markdown_shows_names_and_does_nothing_else() -> None:
    name = "<b>|[x](http://e.example)|`*_"
    text = write_markdown(
        make_report(make_entry(name, {"gsm8k": half(5)}, 1), make_entry("b", {"gsm8k": half(5)})), speak("en")
    )
    row = next(line for line in text.splitlines() if "e.example" in line)
    assert "\\<b\\>\\|\\[x\\](http://e.example)\\|\\`\\*\\_" in row
    widths = {line.replace("\\|", "").count("|") for line in text.splitlines() if line.startswith("| gsm8k")}
    assert len(widths) <= 4  # scores, outcomes, effort, methods: escaped bars make no columns
    assert "# Evaluation report" in text


def test_both_languages_have_all_words() -> None:
    words = read_words()
    assert get_args(Language) == LANGUAGES
    for key, told in words.items():
        assert set(told) == set(LANGUAGES), key
        assert all(told.values()), key
        holes = [{part.split("}")[0] for part in text.split("{")[1:]} for text in told.values()]
        assert holes[0] == holes[1], key
    assert set(OUTCOMES) <= words.keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_table_has_as_many_cells_as_headings(language: Language) -> None:
    suites = {"gsm8k": half(5), "mmlu": half(5)}
    report = make_report(make_entry("a/one", suites), make_entry("b/two", suites, 2))
    tables = list(list_tables(report, speak(language)))
    assert len(tables) == 7
    for table in tables:
        assert {len(row) for row in table.rows} == {len(table.headings)}
