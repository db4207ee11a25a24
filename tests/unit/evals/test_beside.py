"""Beside the scores: tables of the suites that have more to say, and of no other."""

from fen.evals import Score
from fen.evals.beside import summarise_beside
from fen.evals.record import Record


def record(suite: str, score: Score, stratum: str) -> Record:
    return Record(
        run="run_1",
        suite=suite,
        version="1",
        scorer="x/1",
        sample=stratum,
        score=score,
        stratum=stratum,
        dimension="generation",
    )


def test_suites_with_more_to_say_have_tables() -> None:
    length = {"asked": 1000, "written": 900, "ratio": 0.9, "s_l": 94.4, "ending": "done", "repeated": 0.0}
    records = [
        record("output_length", Score("correct", 0.94, "900 of 1000", length), "1000, plain"),
        record("self_knowledge", Score("refused", detail={"abstained": True}), "name"),
        record("gsm8k", Score("correct", 1.0, "4"), "all"),
    ]
    tables = summarise_beside(records)
    assert tables.keys() == {"output_length", "self_knowledge"}
    assert [row["effective"] for row in tables["output_length"]] == [1000]
    assert [(row["subject"], row["abstained"]) for row in tables["self_knowledge"]] == [("name", 1.0)]
    assert summarise_beside(records[2:]) == {}
