"""Beside the scores: tables of the suites that have more to say, and of no other."""

from collections.abc import Iterable

import pytest
from msgspec.structs import replace

from fen.evals import Score, Suite
from fen.evals.beside import Aside
from fen.evals.record import Record
from fen.evals.registry import find_suite, list_suites
from fen.evals.report import LANGUAGES, Language, Report, describe_report, list_tables, speak, write_markdown
from fen.evals.report.build import describe_run
from fen.evals.report.html import write_html
from fen.evals.report.words import read_words
from tests.fakes.eval_reports import NOON, make_run

LENGTH = {"asked": 1000, "written": 900, "ratio": 0.9, "s_l": 94.4, "ending": "done", "repeated": 0.0}
FOLLOWED = [{"kind": "a", "strict": True, "loose": True}, {"kind": "b", "strict": False, "loose": True}]


def record(suite: str, score: Score, stratum: str | None = None, sample: str = "one") -> Record:
    scorer = find_suite(suite).scorer
    return Record(
        run="run_1",
        suite=suite,
        version="1",
        scorer=scorer,
        sample=sample,
        score=score,
        stratum=stratum,
        dimension="generation",
    )


RECORDS = [
    record("output_length", Score("correct", 0.94, "900 of 1000", LENGTH), "1000, plain"),
    record("self_knowledge", Score("refused", detail={"abstained": True}), "name"),
    record("ifeval", Score("wrong", detail={"instructions": FOLLOWED})),
    record("ifeval", Score("api_error"), sample="two"),
    record("xstest", Score("refused", detail={"over_refusal": 1}), "safe/homonyms"),
    record("xstest", Score("correct", 1.0, detail={"over_refusal": 0}), "safe/homonyms", "two"),
    record("xstest", Score("api_error"), "unsafe/contrast", "three"),
    record("gsm8k", Score("correct", 1.0, "4")),
]


def report_of(records: Iterable[Record]) -> Report:
    suites: dict[str, Suite] = {suite.name: suite for suite in list_suites()}
    return describe_run(make_run(), tuple(records), suites, NOON)


def asides(*records: Record) -> dict[str, Aside]:
    return {one.table.name: one.table for one in report_of(records).asides}


def test_effective_length_stands_beside_what_came_of_each_length() -> None:
    found = asides(*RECORDS)
    assert found["effective_length"].to_objects() == [
        {"language": "en", "continued": False, "effective": 1000, "written": 1000}
    ]
    (step,) = found["lengths"].to_objects()
    assert (step["asked"], step["ratio"], step["ended_done"], step["ended_cap"]) == (1000, 0.9, 1, 0)


def test_ifeval_has_its_four_published_measures() -> None:
    rows = asides(*RECORDS)["published_measures"].rows
    assert rows == (
        ("prompt_level_strict_acc", 0.0, 1),
        ("inst_level_strict_acc", 0.5, 2),
        ("prompt_level_loose_acc", 1.0, 1),
        ("inst_level_loose_acc", 1.0, 2),
    )


def test_xstest_has_its_rates_of_what_was_answered() -> None:
    assert asides(*RECORDS)["refusals"].rows == (("over_refusal", 0.5, 2),)


def test_a_model_s_knowledge_of_itself_has_a_row_for_each_subject() -> None:
    (row,) = asides(*RECORDS)["knowledge_of_itself"].to_objects()
    assert row["subject"] == "name"
    assert row["abstained"] == 1.0
    assert row["brier"] is None


def test_there_is_nothing_of_other_suites_and_of_what_tells_nothing() -> None:
    gone = [one for one in RECORDS if one.score.outcome == "api_error"]
    assert asides(RECORDS[-1], *gone) == {}
    assert "beside" not in write_html(report_of([RECORDS[-1]]), speak("en"))


def test_details_of_another_scorer_are_not_read() -> None:
    old = replace(RECORDS[0], scorer="old/0")
    assert asides(old) == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_form_of_a_report_shows_them(language: Language) -> None:
    report, words = report_of(RECORDS), speak(language)
    tables = {table.title: table for table in list_tables(report, words)}
    (row,) = tables[f"xstest: {words('refusals')}"].rows
    assert row == (words("over_refusal"), "50.0", "2")
    assert tables[f"output_length: {words('effective_length')}"].rows[0][1:] == (
        words("no"),
        "1,000",
        "1,000",
    )
    for text in (write_html(report, words), write_markdown(report, words).replace("\\", "")):
        assert "prompt_level_loose_acc" in text
        assert words("effective") in text
    rows = [one for one in describe_report(report)["beside"] if one["suite"] == "ifeval"]
    assert rows[1] == {
        "model": "a/one",
        "suite": "ifeval",
        "table": "published_measures",
        "measure": "inst_level_strict_acc",
        "share": 0.5,
        "n": 2,
    }


def test_a_report_has_words_for_every_table_and_column() -> None:
    known = read_words().keys()
    for table in asides(*RECORDS).values():
        assert {table.name, f"about_{table.name}"} - {"about_lengths"} <= known
        assert table.columns.keys() <= known
