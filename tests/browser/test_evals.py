"""The page of evals: scores, runs, samples, length, speed and the gap, over runs of the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.browser.person import AXE, DESK, PHONE, Person
from tests.fakes.inspect_logs import make_header, make_sample, write_log
from tests.serving import Serving

MODELS = ("fake/quick", "fake/slow")
EXTRA = """
[models."fake/quick"]
upstream = "fake"
upstream_model = "tokens-6"
price = { input = "0.15", output = "0.60", currency = "USD" }

[models."fake/slow"]
upstream = "fake"
upstream_model = "tokens-30-gap-1ms"
price = { input = "1", output = "3", currency = "USD" }
"""
HOSTILE = "<img src=x onerror=alert(1)> **bold** ![](https://evil.example/leak)"


def eval_here(server: Serving, *words: str) -> Any:
    """Run `fen eval` with the suites of tests/fakes/suites beside its own; returns its JSON."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.fakes.eval_cli", "eval", *words, "--json"],
        env={**server.environ, "FEN_CONFIG": str(server.config)},
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def make_logs(folder: Path) -> Iterator[Path]:
    """Logs of a private task over half a year, by models of two groups."""
    for number, (model, month, right) in enumerate(
        (("north/one", 1, 4), ("south/one", 1, 2), ("north/two", 4, 5), ("south/two", 6, 4))
    ):
        samples = [
            make_sample(f"s{at}", value="C" if at < right else "I", model_usage={}) for at in range(1, 6)
        ]
        header = make_header(eval_id=f"e{number}", run_id=f"r{number}", model=model)
        header["stats"] = {
            "started_at": f"2026-0{month}-10T10:00:00+00:00",
            "completed_at": f"2026-0{month}-10T11:00:00+00:00",
        }
        yield write_log(folder / f"{number}.eval", samples, header)


@pytest.fixture(scope="module")
def measured(serve: Callable[..., Serving], tmp_path_factory: pytest.TempPathFactory) -> Serving:
    """A server over runs of a suite, measurements of speed, and logs of another program."""
    server = serve(EXTRA)
    for model in MODELS:
        eval_here(server, "run", "smoke", "puzzles", "--model", model, "--yes")
        eval_here(server, "speed", model, "--concurrency", "1,4", "--requests", "8", "--yes")
    for log in make_logs(tmp_path_factory.mktemp("logs")):
        server.fen("eval", "import", str(log))
    return server


@pytest.fixture(scope="module")
def reader(measured: Serving, visit: Callable[..., Person]) -> Person:
    """A person at the page."""
    return visit(measured.url)


def link(*models: str, view: str = "scores") -> str:
    words = "&".join(f"model={quote(model, safe='')}" for model in models)
    return f"/evals?view={view}&{words}"


def see_rows(person: Person, name: str) -> list[str]:
    """Wait for a table by its name, and return its rows' texts."""
    table = person.find(f'[role=region][aria-label="{name}"]')
    return [row.text for row in table.find_elements("css selector", "tr")]


def test_a_radar_of_several_models_stands_beside_its_figures_with_intervals(
    reader: Person, measured: Serving
) -> None:
    reader.open(link(*MODELS))
    reader.find("[role=img][aria-label^='Radar'] canvas")
    report = measured.fen("eval", "report", *MODELS)
    rows = see_rows(reader, "Dimensions")
    assert [name for name in MODELS if name in rows[0]] == list(MODELS) or rows[0]
    for one in report["dimensions"]:
        shown = f"{100 * one['strict']:.1f} [{100 * one['low']:.1f}-{100 * one['high']:.1f}]"
        assert any(shown in row for row in rows), (shown, rows)
    assert any("[" in row for row in see_rows(reader, "Scores"))
    assert any("USD" in row for row in see_rows(reader, "Length, speed and cost"))
    reader.shoot("evals-scores-en-desk")
    assert not reader.find_faults()


def test_models_are_chosen_by_hand_and_the_address_keeps_them(reader: Person) -> None:
    reader.open(link("fake/quick"))
    reader.find("[aria-label='Models, at most 8']").click()
    reader.until(lambda: [one for one in reader.all("[role=option]") if one.text == "fake/slow"])[0].click()
    reader.press("\ue00c")
    reader.click("Compare")
    reader.until(lambda: "fake%2Fslow" in reader.driver.current_url)
    reader.find("[role=img] canvas")


def test_from_the_list_to_a_sample_and_on_to_the_next(reader: Person) -> None:
    reader.open("/evals")
    reader.click("Runs")
    rows = see_rows(reader, "Runs")
    assert len(rows) == 1 + 2 + 4
    assert any("smoke, puzzles" in row and "ended" in row and "USD" in row for row in rows)
    reader.shoot("evals-runs-en-desk")
    reader.find("[aria-label='Runs'] a[href*='run=run_']").click()
    reader.see("Samples")
    reader.open("/evals?view=runs")
    [first, *_] = [one for one in reader.all("a") if one.text == "smoke, puzzles"]
    first.click()
    reader.see("wrong")
    reader.shoot("evals-run-en-desk")
    reader.all("nav[aria-label='By outcome'] a")[-1].click()
    reader.until(lambda: "outcome=" in reader.driver.current_url)
    reader.find("[aria-label='Samples'] a[href*='sample=']").click()
    reader.see("Why this score")
    for word in ("Asked", "Answered", "word0", "USD", "Tokens written"):
        reader.see(word)
    address = reader.driver.current_url
    reader.shoot("evals-sample-en-desk")
    reader.click("Next")
    reader.until(lambda: reader.driver.current_url != address)
    reader.see("2 of ")
    assert not reader.find_faults()


def test_lengths_and_speed_have_distributions_and_intervals(reader: Person) -> None:
    reader.open(link(*MODELS, view="effort"))
    reader.find("[aria-label^='Lengths of answers'] canvas")
    lengths = see_rows(reader, "Length of answers")
    assert [row.split()[0] for row in lengths[1:]] == list(MODELS)
    paces = see_rows(reader, "Speed, measured")
    assert len(paces) == 1 + 4
    assert all("at once" in row or "fake/" in row for row in paces[1:])
    assert all("[" in row for row in paces[1:])
    assert len(reader.all("[role=img] canvas")) == 4
    reader.shoot("evals-effort-en-desk")


def test_the_gap_is_a_line_over_the_days_that_have_runs(reader: Person, measured: Serving) -> None:
    groups = "ahead=north/one&ahead=north/two&behind=south/one&behind=south/two"
    [suite] = {one["suites"][0] for one in measured.fen("eval", "runs") if "north" in one["model"]}
    reader.open(f"/evals?view=gap&suite={quote(suite)}&{groups}")
    reader.find("[aria-label^='The gap over time'] canvas")
    rows = see_rows(reader, "Gap over time")
    assert [row.split()[0] for row in rows[1:]] == ["2026-01-10", "2026-04-10", "2026-06-10"]
    assert rows[1].split()[-1] or rows[1]
    for row, gap in zip(rows[1:], ("66.67%", "75.00%", "25.00%"), strict=True):
        assert gap in row
    reader.shoot("evals-gap-en-desk")


def test_a_table_of_others_scores_is_drawn_too(reader: Person, tmp_path: Path) -> None:
    table = tmp_path / "gap.csv"
    table.write_text(
        "date,best_global,score_global,best_chinese,score_chinese,method\n"
        "2024-01,A,80,B,60,one\n2024-07,A,81,B,77,two\n"
    )
    reader.open("/evals?view=gap")
    reader.until(lambda: reader.driver.find_elements("css selector", "input[type=file]"))[0].send_keys(
        str(table)
    )
    reader.see("25.00%")
    reader.see("4.94%")
    table.write_text("nothing\n")
    reader.driver.find_elements("css selector", "input[type=file]")[0].send_keys(str(table))
    reader.see("found the columns")


def test_a_plain_key_sees_scores_and_no_questions_of_a_private_suite(
    serve: Callable[..., Serving], visit: Callable[..., Person]
) -> None:
    server = serve(EXTRA)
    eval_here(server, "run", "puzzles", "--model", MODELS[0], "--limit", "4", "--yes")
    person = visit(server.url)
    for name, options in (("plain", ()), ("boss", ("--admin",))):
        secret = server.fen("keys", "create", name, *options)["secret"]
        person.open("/signin?next=/evals")
        person.fill("Key", secret + "\n")
        person.see("puzzles")
        person.click("Runs")
        person.until(lambda: [one for one in person.all("a") if one.text.startswith("puzzles")])[0].click()
        person.find("[aria-label='Samples'] a[href*='sample=']").click()
        person.see("Tokens written")
        if name == "plain":
            person.see("shown to administrators alone")
            assert "Question 0" not in person.text
            assert "word0" not in person.text
            person.click("Sign out")
        else:
            person.see("[[tokens-")


@pytest.mark.parametrize("view", ["scores", "runs", "effort", "gap"])
def test_a_phone_chinese_and_dark_have_no_barriers(
    measured: Serving, visit: Callable[..., Person], view: str, chinese: Person
) -> None:
    chinese.open(link(*MODELS, view=view))
    chinese.see({"scores": "严格得分", "runs": "已结束", "effort": "首词元", "gap": "领先组"}[view])
    for size, kind in ((DESK, "desk"), (PHONE, "phone")):
        chinese.resize(size)
        chinese.shoot(f"evals-{view}-zh-dark-{kind}")
        wide = chinese.run("return document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 1
        if AXE.exists():
            assert not chinese.find_barriers()
    chinese.resize(DESK)


@pytest.fixture(scope="module")
def chinese(measured: Serving, visit: Callable[..., Person]) -> Person:
    """A person who reads Chinese in the dark."""
    person = visit(measured.url, "zh-CN")
    person.open("/prefer?theme=dark&next=/evals")
    return person


def test_english_and_light_have_no_barriers(reader: Person) -> None:
    if not AXE.exists():
        pytest.skip("no axe-core here: scripts/axe.sh brings it")
    for view in ("scores", "runs", "effort", "gap"):
        reader.open(link(*MODELS, view=view))
        reader.find("main")
        assert not reader.find_barriers()
