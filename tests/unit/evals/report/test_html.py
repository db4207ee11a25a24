"""The page: fetches nothing, runs nothing, escapes everything, and has a table beside each chart."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from fen.evals.report import LANGUAGES, Beside, Language, speak, write_html
from fen.evals.report.style import DARK, INSIDE, LIGHT
from fen.evals.statistics.gap import find_gaps, read_reports
from fen.evals.statistics.imported import read_published
from tests.fakes.eval_reports import half, make_entry, make_report

NASTY = "<img src=x onerror=alert(1)>'\"&`</style><script>"
FETCHES = {
    "src",
    "srcset",
    "href",
    "xlink:href",
    "action",
    "data",
    "poster",
    "background",
    "formaction",
    "ping",
}
VOID = {"meta", "link", "img", "br", "hr", "input"}


class Page(HTMLParser):
    """What a browser finds: elements in order, each with its attributes, and whether all are closed."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def write_page(tmp_path: Path, name: str = "a/one", language: Language = "en") -> str:
    scores, gap = tmp_path / "scores.csv", tmp_path / "gap.csv"
    scores.write_text(
        f'model,dimension,score,n,source\n"{name.replace(chr(34), chr(34) * 2)}",MMLU,82.0,14042,x\n'
    )
    gap.write_text(
        "date,best_x,score_x,best_y,score_y,source\n2024-07,A,81,B,77,one\n2025-07,A,81,B,77,two\n"
    )
    suites = {"gsm8k": half(5), "mmlu": half(7), "humaneval": half(2)}
    entries = [make_entry(name, suites, 1, "0.02"), make_entry("b/two", suites, 2)]
    beside = Beside(read_published(scores), find_gaps(read_reports(gap)))
    return write_html(make_report(*entries, beside=beside), speak(language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_refers_to_nothing_outside_and_runs_nothing(tmp_path: Path, language: Language) -> None:
    text = write_page(tmp_path, language=language)
    page = Page(text)
    assert not page.open
    tags = {tag for tag, _ in page.found}
    assert not tags & {"script", "link", "img", "iframe", "object", "embed", "base", "form", "image", "use"}
    for _, attributes in page.found:
        assert not FETCHES & attributes.keys()
        assert not [name for name in attributes if name.startswith("on")]
    style = "".join(re.findall(r"<style>(.*?)</style>", text, re.DOTALL))
    assert not re.search(r"url\(|@import|image-set|expression", style)
    policy = [a["content"] for tag, a in page.found if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'"]
    assert page.found[0] == ("html", {"lang": language})


def test_names_are_shown_as_they_are_and_do_nothing(tmp_path: Path) -> None:
    plain, nasty = Page(write_page(tmp_path)), Page(write_page(tmp_path, NASTY))
    assert [tag for tag, _ in nasty.found] == [tag for tag, _ in plain.found]
    assert [a.keys() for _, a in nasty.found] == [a.keys() for _, a in plain.found]
    assert NASTY in nasty.texts


def test_each_chart_has_its_title_and_a_table_in_the_same_section(tmp_path: Path) -> None:
    sections = re.findall(r'<section id="(\w+)">(.*?)</section>', write_page(tmp_path), re.DOTALL)
    charts = {name: body for name, body in sections if "<svg" in body}
    assert set(charts) == {"dimensions", "suites", "outcomes", "pareto", "gap"}
    for body in charts.values():
        assert "<table" in body
        assert re.search(r"<svg[^>]*role=\"img\"[^>]*><?", body)
        assert "<title" in body
        assert "<desc" in body
    assert {"models", "effort", "methods"} <= {name for name, _ in sections}


def test_fewer_than_three_dimensions_are_bars_and_no_radar() -> None:
    page = write_html(make_report(make_entry("a/one", {"gsm8k": half(5), "mmlu": half(5)})), speak("en"))
    dimensions = page.split('<section id="dimensions">')[1].split("</section>")[0]
    assert 'class="bar' in dimensions
    assert 'class="area' not in dimensions


def test_bars_of_a_single_model_are_named_by_what_they_are_of() -> None:
    page = write_html(make_report(make_entry("a/one", {"gsm8k": half(5), "mmlu": half(5)})), speak("en"))
    chart = page.split('<section id="suites">')[1].split("</svg>")[0]
    assert ">gsm8k</text>" in chart
    assert ">a/one</text>" not in chart
    suites = {"gsm8k": half(5)}
    page = write_html(make_report(make_entry("a/one", suites), make_entry("b/two", suites, 2)), speak("en"))
    assert ">a/one</text>" in page.split('<section id="suites">')[1].split("</svg>")[0]


def test_a_page_of_published_scores_alone_is_whole(tmp_path: Path) -> None:
    scores = tmp_path / "scores.csv"
    scores.write_text("model,dimension,score,n\na/one,MMLU,82.0,14042\na/one,HumanEval,87.2,164\n")
    text = write_html(make_report(beside=Beside(read_published(scores))), speak("en"))
    assert not Page(text).open
    assert text.count('class="hollow') == 2
    assert "n 14,042, published" in text


def test_many_models_are_named_in_the_table_where_the_chart_has_the_first() -> None:
    suites = {"gsm8k": half(5), "mmlu": half(5), "humaneval": half(5)}
    report = make_report(*(make_entry(f"v/m{number}", suites, number) for number in range(9)))
    text = write_html(report, speak("en"))
    assert text.count('class="area') == 6
    assert "first 6 models" in text
    dimensions = text.split('<section id="dimensions">')[1].split("</section>")[0]
    assert "v/m8" in dimensions


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    digits = colour.lstrip("#")
    digits = "".join(2 * digit for digit in digits) if len(digits) == 3 else digits
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_texts_and_marks_stand_out_from_the_paper(colours: dict[str, str]) -> None:
    assert contrast(colours["ink"], colours["paper"]) >= 7
    assert contrast(colours["soft"], colours["paper"]) >= 4.5
    for place in range(8):
        assert contrast(colours[f"s{place}"], colours["paper"]) >= 3  # WCAG 1.4.11, graphics


@pytest.mark.parametrize(("colours", "inks"), [(LIGHT, INSIDE["light"]), (DARK, INSIDE["dark"])])
def test_figures_inside_of_pieces_can_be_read(colours: dict[str, str], inks: tuple[str, ...]) -> None:
    for place, ink in enumerate(inks):
        assert contrast(ink, colours[f"k{place}"]) >= 4.5
