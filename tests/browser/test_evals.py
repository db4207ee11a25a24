"""The page of evals: scores, runs, samples, length, speed and the gap, over runs of the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from urllib.parse import quote

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser.person import AXE, DESK, PHONE, Person
from tests.fakes.inspect_logs import make_header, make_sample, write_log
from tests.serving import Serving

MODELS = ("fake/quick", "fake/middle", "fake/slow")
HOSTILE = "north/<img src=x onerror=alert(1)>two"
EXTRA = """
[models."fake/quick"]
upstream = "fake"
upstream_model = "tokens-6-gap-2ms"
price = { input = "0.15", output = "0.60", currency = "USD" }

[models."fake/middle"]
upstream = "fake"
upstream_model = "tokens-12-gap-4ms"
price = { input = "0.5", output = "1.5", currency = "USD" }

[models."fake/slow"]
upstream = "fake"
upstream_model = "tokens-30-gap-6ms"
price = { input = "1", output = "3", currency = "USD" }
"""
EACH = """
import json, sys
from fen.cli.program import run
from tests.fakes.eval_cli import add_suites
add_suites()
for words in json.load(sys.stdin):
    if status := run(words):
        sys.exit(status)
"""


def eval_here(server: Serving, *commands: Sequence[str]) -> None:
    """Run commands of `fen eval` one after the other in one process, which finds the suites of tests too."""
    done = subprocess.run(
        [sys.executable, "-c", EACH],
        input=json.dumps([("eval", *words) for words in commands]).encode(),
        env={**server.environ, "FEN_CONFIG": str(server.config)},
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr.decode()


def make_logs(folder: Path) -> Iterator[Path]:
    """Logs of a private task over half a year, by models of two groups."""
    for number, (model, month, right) in enumerate(
        (("north/one", 1, 4), ("south/one", 1, 2), (HOSTILE, 4, 5), ("south/two", 6, 4))
    ):
        samples = [
            make_sample(f"s{at}", value="C" if at <= right else "I", model_usage={}) for at in range(1, 6)
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
    make_runs(server, tmp_path_factory.mktemp("logs"))
    return server


def make_runs(server: Serving, folder: Path) -> None:
    """Make two runs of two suites, two measurements of speed, and take four logs in."""
    speed = ("--concurrency", "1,4", "--requests", "8", "--output-tokens", "30", "--yes")
    eval_here(
        server,
        *(("run", "shapes", "puzzles", "--model", model, "--yes") for model in MODELS),
        *(("speed", model, *speed) for model in MODELS),
        *(("import", str(log)) for log in make_logs(folder)),
    )


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
    assert all(name in rows[0] for name in MODELS)
    for one in report["dimensions"]:
        shown = f"{100 * one['score']:.1f} [{100 * one['low']:.1f}-{100 * one['high']:.1f}]"
        assert any(shown in row for row in rows), (shown, rows)
    assert any("[" in row for row in see_rows(reader, "Scores"))
    assert any("USD" in row for row in see_rows(reader, "Length, speed and cost"))
    reader.shoot("evals-scores-en-desk")
    assert not reader.find_faults()


def test_models_are_chosen_by_hand_and_the_address_keeps_them(reader: Person) -> None:
    reader.open(link("fake/quick"))
    reader.until(lambda: _open_options(reader))
    next(one for one in reader.all("[role=option]") if "fake/slow" in one.text).click()
    reader.press(Keys.ESCAPE)
    reader.click("Compare")
    reader.until(lambda: "fake%2Fslow" in reader.driver.current_url)
    reader.find("[role=img] canvas")


def _open_options(person: Person) -> bool:
    """Open the field of models, and look for the one that is to be added."""
    if not any("fake/slow" in one.text for one in person.all("[role=option]")):
        person.find(".q-select .q-select__dropdown-icon").click()
        person.until(lambda: person.all("[role=option]"), within=5)
        return False
    return True


def test_from_the_list_to_a_sample_and_on_to_the_next(reader: Person) -> None:
    reader.open("/evals")
    reader.click("Runs")
    rows = see_rows(reader, "Runs")
    assert len(rows) == 1 + len(MODELS) + 4
    assert any("shapes, puzzles" in row and "ended" in row and "USD" in row for row in rows)
    reader.shoot("evals-runs-en-desk")
    reader.find("[aria-label='Runs'] a[href*='run=run_']").click()
    reader.see("Samples")
    reader.open("/evals?view=runs")
    reader.until(lambda: [one for one in reader.all("a") if one.text == "shapes, puzzles"])[0].click()
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
    assert len(paces) == 1 + 2 * len(MODELS)
    assert all("at once" in row or "fake/" in row for row in paces[1:])
    assert all("[" in row for row in paces[1:])
    assert len(reader.all("[role=img] canvas")) == 4
    reader.shoot("evals-effort-en-desk")


def test_the_gap_is_a_line_over_the_days_that_have_runs(reader: Person, measured: Serving) -> None:
    groups = f"ahead=north/one&ahead={quote(HOSTILE, safe='')}&behind=south/one&behind=south/two"
    [suite] = {one["suites"][0] for one in measured.fen("eval", "runs") if "north" in one["model"]}
    reader.open(f"/evals?view=gap&suite={quote(suite)}&{groups}")
    reader.find("[aria-label^='The gap over time'] canvas")
    rows = see_rows(reader, "Gap over time")
    assert [row.split()[0] for row in rows[1:]] == ["2026-01-10", "2026-04-10", "2026-06-10"]
    for row, gap in zip(rows[1:], ("50.00%", "60.00%", "20.00%"), strict=True):
        assert gap in row
    assert HOSTILE in rows[2]
    assert not reader.find_faults()
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
    reader.until(lambda: reader.driver.find_elements("css selector", "input[type=file]"))[0].send_keys(
        str(table)
    )
    reader.see("found the columns")


def test_a_plain_key_sees_scores_and_no_questions_of_a_private_suite(
    serve: Callable[..., Serving], visit: Callable[..., Person]
) -> None:
    server = serve(EXTRA)
    eval_here(server, ("run", "puzzles", "--model", MODELS[0], "--limit", "4", "--yes"))
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
    chinese.miss("正在读取评测结果")
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
        reader.miss("Reading what was measured")
        assert not reader.find_barriers()
