"""`fen prices`: through time, compared, and under load."""

import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from fen.cli.lazy import DefaultGroup
from fen.evals.speed.measure import Level
from fen.evals.speed.run import Load, Speed
from tests.integration.cli.conftest import Fen

RATES = '[fx]\nCNY_PER_USD = { rate = "7.1", on = 2026-11-01, source = "https://bank.example" }\n'


@pytest.fixture
def rates(tmp_path: Path) -> str:
    path = tmp_path / "fen.toml"
    path.write_text(RATES)
    return str(path)


def test_a_query_needs_no_command(fen: Fen) -> None:
    assert fen("prices", "gpt-4o-mini").out == fen("prices", "show", "gpt-4o-mini").out
    assert fen("prices", "--json", "gpt-4o-mini").json == fen("prices", "gpt-4o-mini", "--json").json
    assert fen("prices", "--nonsense").status == 2
    group = DefaultGroup("g", summaries={"show": "Show."}, default="show")
    assert group.default == "show"


def test_a_models_history_is_told(fen: Fen) -> None:
    out = fen("prices", "history", "gpt-3.5-turbo").out
    assert out.startswith("openai/gpt-3.5-turbo: released 2023-03-01, retired 2026-10-23\n")
    assert "2 -> 1.5 (-25%)" in out
    told = fen("prices", "history", "openai/gpt-3.5-turbo", "--json").json
    assert told["released"] == "2023-03-01"
    [cut] = [e for e in told["history"] if e["date"] == "2024-02-16"]
    assert cut["prices"] == [
        {"meter": "input", "before": "1", "after": "0.5", "percent": -50.0},
        {"meter": "output", "before": "2", "after": "1.5", "percent": -25.0},
    ]
    part = fen(
        "prices", "history", "gpt-3.5-turbo", "--since", "2023-06-01", "--until", "2024-01-01", "--json"
    )
    assert [e["date"] for e in part.json["history"]] == ["2023-06-13", "2023-12-11"]


def test_what_a_model_cost_on_a_day(fen: Fen) -> None:
    told = fen("prices", "history", "text-davinci-003", "--on", "2023-05-01", "--json").json
    assert {(p["meter"], p["price"], p["currency"]) for p in told["prices"] if p["tier"] == "standard"} == {
        ("input", "20", "USD"),
        ("output", "20", "USD"),
    }
    assert told["retired"] == "2024-01-04"
    assert (
        "no price is known of that day" in fen("prices", "history", "gpt-4o-mini", "--on", "2020-01-01").out
    )
    gone = fen("prices", "history", "claude-instant-1.2", "--on", "2024-03-01").out
    assert "retired 2024-11-06" in gone
    assert "2.4" in gone


def test_history_of_nothing_and_of_two_spans_is_refused(fen: Fen) -> None:
    done = fen("prices", "history", "no-such-model")
    assert (done.status, done.err) == (
        2,
        "fen: found the unknown model 'no-such-model', expected a model's id: fen prices QUERY lists them\n",
    )
    assert fen("prices", "history", "gpt-4o", "--on", "2024-01-01", "--since", "2024-01-01").status == 2
    assert "expected a date" in fen("prices", "history", "gpt-4o", "--on", "May").err


def test_the_timeline_tells_who_cut_prices(fen: Fen) -> None:
    words = ("prices", "timeline", "--since", "2024-05-01", "--until", "2024-08-01", "--cuts")
    assert "20 -> 0.5 (-97.5%)" in fen(*words).out
    cuts = fen(*words, "--currency", "CNY", "--json").json
    assert {cut["currency"] for cut in cuts} == {"CNY"}
    assert {cut["vendor"] for cut in cuts} >= {"zhipu", "dashscope", "hunyuan"}
    assert all(price["percent"] is None or price["percent"] <= 0 for cut in cuts for price in cut["prices"])
    assert {e["vendor"] for e in fen("prices", "timeline", "--vendor", "baidu", "--json").json} == {"baidu"}
    kinds = fen("prices", "timeline", "--what", "limit,fee", "--json").json
    assert {e["what"] for e in kinds} == {"limit", "fee"}
    assert "nothing is known" in fen("prices", "timeline", "--until", "2019-01-01").out


def test_prices_are_drawn_in_one_currency(fen: Fen, tmp_path: Path) -> None:
    target = tmp_path / "war.svg"
    words = ("prices", "timeline", "--since", "2024-05-01", "--until", "2024-08-01", "--plot", str(target))
    assert fen(*words, "--currency", "CNY").out == f"wrote {target}\n"
    picture = ET.parse(target).getroot()
    texts = "".join(picture.itertext())
    assert "qwen-long" in texts
    assert "CNY / 1M input tokens" in texts
    assert "gpt-4o" not in texts
    for more, said in (
        ((), "--plot needs --currency"),
        (("--currency", "CNY", "--json"), "ask for one"),
        (("--currency", "USD", "nobody"), "found 0 models to draw"),
    ):
        done = fen(*words, *more)
        assert done.status == 2
        assert said in done.err
    assert fen("prices", "timeline", "--plot", "x.png", "--currency", "CNY").status == 2
    late = ("--since", "2024-05-01", "--until", "2024-05-01", "--plot", str(target), "--currency", "CNY")
    assert "expected a span of time" in fen("prices", "timeline", *late).err
    assert "unknown vendor 'nobody'" in fen("prices", "timeline", "--vendor", "nobody").err


def test_claims_are_computed(fen: Fen) -> None:
    out = fen("prices", "claims").out
    assert '"text-davinci-003 cost 100 times more" [2]: holds for input only' in out
    [verdict] = fen("prices", "claims", "gpt-4o-mini-60-percent", "--json").json
    assert verdict["holds"] is None
    assert [(f["of"], f["figure"], f["holds"]) for f in verdict["findings"]] == [
        ("input", "70.0", True),
        ("output", "60.0", False),
        ("input + output", "62.500", True),
    ]
    assert "expected one of gpt-4o-mini-60-percent" in fen("prices", "claims", "none").err


def test_a_request_is_compared(fen: Fen, rates: str) -> None:
    words = ("prices", "compare", "gpt-4o-mini", "deepseek/deepseek-v4-pro", "--in", "2000", "--out", "500")
    words = (*words, "--on", "2026-11-25T20:00")
    found = fen(*words, "--json").json
    assert [q["model"] for q in found["quotes"]] == ["deepseek/deepseek-v4-pro", "openai/gpt-4o-mini"]
    assert found["quotes"][1]["request"] == {"amount": "0.0006", "currency": "USD"}
    assert found["quotes"][1]["million"] == {"amount": "600", "currency": "USD"}
    assert [q["common"] for q in found["quotes"]] == [None, None]
    assert "each currency has an order of its own" in fen(*words).out
    rated = fen(*words, "--config", rates, "--json").json
    assert [q["model"] for q in rated["quotes"]] == ["openai/gpt-4o-mini", "deepseek/deepseek-v4-pro"]
    assert [q["common"]["currency"] for q in rated["quotes"]] == ["USD", "USD"]
    assert rated["rates"][0]["on"] == "2026-11-01"
    yuan = fen(*words, "--config", rates, "--common", "CNY").out
    assert "a million, CNY" in yuan
    assert "7.1 CNY per USD of 2026-11-01 (https://bank.example)" in yuan


def test_a_comparison_is_of_a_day_a_tier_and_models_that_can_answer(fen: Fen) -> None:
    then = ("--in", "1000", "--out", "1000", "--on", "2024-07-18", "--json")
    found = fen("prices", "compare", "gpt-3.5-turbo", "gpt-4o-mini", *then).json["quotes"]
    assert [(q["model"], q["request"]["amount"]) for q in found] == [
        ("openai/gpt-4o-mini", "0.00075"),
        ("openai/gpt-3.5-turbo", "0.002"),
    ]
    batch = fen("prices", "compare", "gpt-4o-mini", "--batch", *then).json["quotes"]
    assert batch[0]["request"]["amount"] == "0.000375"
    [long] = fen("prices", "compare", "gpt-4o-mini", "--in", "1", "--out", "20000", "--json").json["quotes"]
    assert long["cannot"] == "output 16,384"
    query = fen("prices", "compare", "gpt-3.5-turbo-16k hello", "--in", "1", "--out", "1")
    assert query.status == 2
    for more, said in (
        (("--in", "1", "--out", "1", "--cached", "2"), "found --cached 2, expected at most --in 1"),
        (("--out", "1"), "Missing option '--in'"),
        (("--in", "-1", "--out", "1"), "'--in'"),
        (("--in", "1", "--out", "1", "--common", "CNY"), "found no rate to CNY"),
    ):
        done = fen("prices", "compare", "gpt-4o-mini", *more)
        assert done.status == 2
        assert said in done.err
    assert fen("prices", "compare", "--in", "1", "--out", "1").status == 0


def test_a_load_is_planned(fen: Fen, rates: str) -> None:
    words = ("prices", "plan", "gpt-4o-mini", "gpt-4o", "--rps", "5", "--in", "2000", "--out", "500")
    own = ("--machine", "tokens_per_second=900,per_hour=2USD")
    found = fen(*words, *own, "--concurrency", "40", "--json").json
    mini, large = found["plans"]
    assert mini["month"] == {"amount": "7884", "currency": "USD"}
    assert mini["batch"] == {"amount": "3942", "currency": "USD"}
    assert (mini["needs"]["level"], mini["needs"]["accounts"]) == ("tier 5", 1)
    assert [(u["units"], u["month"]["amount"]) for u in mini["provisioned"]] == [(30, "21900")]
    assert mini["own_machine_from"] == {"first": 0.925926, "lasting": 1.851852}
    assert large["own_machine_from"]["first"] == 0.055556
    assert found["own"] == {"machines": 3, "month": {"amount": "4380", "currency": "USD"}}
    out = fen(*words, *own).out
    assert "3 machines of your own: 4,380.00 USD a month (900 tokens/s each, given)" in out
    assert "0.926/s, always from 1.85/s" in out
    assert "unknown" in fen("prices", "plan", "claude-haiku-4-5", *words[4:]).out
    yuan = ("--machine", "tokens_per_second=900,per_hour=14.2CNY", "--config", rates, "--json")
    assert fen(*words, *yuan).json["plans"][0]["own_machine_from"]["first"] == 0.925926


def test_a_machine_is_read_from_a_measurement(fen: Fen, tmp_path: Path) -> None:
    level = Level(
        loop="closed",
        load=8,
        n=20,
        failed=0,
        seconds=4.0,
        calls_per_s=5.0,
        first=None,
        content=None,
        token=None,
        speed=30.0,
        tokens_per_s=225.5,
        characters_per_s=900.0,
        goodput=1.0,
        kept=1.0,
        input_tokens=4000,
        output_tokens=902,
        reasoning_tokens=0,
        estimated=0,
        cost=None,
    )
    path = tmp_path / "speed.json"
    speed = Speed(
        "fen/mine",
        datetime(2026, 11, 26, tzinfo=UTC),
        Load((8,)),
        (level, replace(level, failed=1, tokens_per_s=999.0)),
    )
    path.write_bytes(msgspec.json.encode(speed))
    words = ("prices", "plan", "gpt-4o", "--rps", "1", "--in", "10", "--out", "500", "--machine")
    out = fen(*words, f"speed={path},per_hour=2USD").out
    assert "225.5 tokens/s each, fen/mine, measured 2026-11-26 with 8 at once" in out
    path.write_bytes(msgspec.json.encode(replace(speed, levels=())))
    assert "found no load without failures" in fen(*words, f"speed={path},per_hour=2USD").err
    path.write_text("{}")
    for machine, said in (
        (f"speed={path},per_hour=2USD", "expected what fen eval speed --json wrote"),
        (f"speed={tmp_path}/none,per_hour=2USD", "No such file"),
        ("per_hour=2USD", "expected per_hour=2USD, and tokens_per_second=900"),
        ("tokens_per_second=1,per_hour=2EUR", "expected an amount with its currency"),
        ("tokens_per_second=0,per_hour=2USD", "expected a number above 0"),
        ("tokens_per_second=nan,per_hour=2USD", "expected a number above 0"),
        ("gpus=1,per_hour=2USD", "found 'gpus'"),
    ):
        done = fen(*words, machine)
        assert done.status == 2
        assert said in " ".join(done.err.split())
    assert fen("prices", "plan", "gpt-4o", "--rps", "-1", "--in", "1", "--out", "1").status == 2
