"""`fen eval list`: the table of suites, one suite's facts, and JSON."""

from tests.integration.cli.conftest import Fen


def test_the_table_says_of_each_suite_what_a_reader_needs(fen: Fen) -> None:
    head, *lines = fen("eval", "list").out.splitlines()
    assert head.split()[:6] == ["suite", "dimension", "languages", "shots", "scorer", "licence"]
    names = [line.split()[0] for line in lines]
    assert names == sorted(names)
    [mmlu] = [line for line in lines if line.startswith("mmlu ")]
    assert "knowledge" in mmlu
    assert "letter/1" in mmlu
    assert "https://github.com/hendrycks/test" in mmlu


def test_a_suite_is_shown_with_its_facts(fen: Fen) -> None:
    facts = dict(line.split("  ", 1) for line in fen("eval", "list", "mmlu").out.splitlines())
    assert facts["judges cut"].strip() == "yes"
    assert facts["options"].strip() == "file=, shots=5, subjects="
    assert facts["clustered"].strip() == "-"
    assert facts["files"].strip().endswith("and 113 more")
    assert "计算" in fen("eval", "list", "gsm8k").out


def test_json_has_every_file_with_its_checksum(fen: Fen) -> None:
    suite = fen("eval", "list", "gsm8k", "--json").json
    assert suite["name"] == "gsm8k"
    [file] = suite["files"]
    assert file["path"] == "gsm8k/test.jsonl"
    assert len(file["sha256"]) == 64
    assert {one["name"] for one in fen("eval", "list", "--json").json} >= {"gsm8k", "mmlu", "smoke"}


def test_an_unknown_suite_suggests_close_ones(fen: Fen) -> None:
    failed = fen("eval", "list", "gms8k")
    assert failed.status != 0
    assert "did you mean gsm8k" in failed.err
