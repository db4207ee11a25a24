"""PDFs that hide nothing and look as if they might: the clean twins of those that do."""

from collections.abc import Callable
from io import BytesIO
from random import Random
from typing import Any, cast

from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from tests.fakes.bare_pdf import BarePdf, show, text_string
from tests.fakes.hiding_pdfs import FONTS, Sheet, picture_page
from tests.fakes.hiding_words import FAMOUS, draw_lines, draw_payload

Twin = Callable[[Random, str], tuple[bytes, str]]
"""Draws a file, and a line that a person sees in it."""


def _twin(show_line: Callable[[Sheet], None]) -> Twin:
    def draw(random: Random, language: str) -> tuple[bytes, str]:
        sheet = Sheet(random, language)
        return sheet.draw(show_line), sheet.payload

    return draw


def _plain(sheet: Sheet) -> None:
    sheet.write()


def _white_on_dark(sheet: Sheet) -> None:
    sheet.canvas.setFillColorRGB(*[sheet.random.uniform(0, 0.4) for _ in range(3)])
    sheet.canvas.rect(0, sheet.y - 10, 595, 40, stroke=0, fill=1)
    sheet.canvas.setFillColorRGB(1, 1, 1)
    sheet.write(sheet.payload[:60])


def _colour_on_colour(sheet: Sheet) -> None:
    sheet.canvas.setFillColorRGB(0.95, 0.85, 0.4)
    sheet.canvas.rect(0, sheet.y - 10, 595, 40, stroke=0, fill=1)
    sheet.canvas.setFillColorRGB(*sheet.random.choice([(0.8, 0.1, 0.1), (0.1, 0.4, 0.2), (0.2, 0.2, 0.7)]))
    sheet.write()


def _small_print(sheet: Sheet) -> None:
    sheet.canvas.setFillColorRGB(*[sheet.random.choice([0, 0.3, 0.45])] * 3)
    sheet.write(size=sheet.random.choice([5, 6, 7]))


def _rotated(sheet: Sheet) -> None:
    sheet.canvas.translate(300, 300)
    sheet.canvas.rotate(sheet.random.choice([30, 45, 90, 270]))
    sheet.x, sheet.y = -100, 10
    sheet.write(sheet.payload[:30], size=10)


def _header_and_footer(sheet: Sheet) -> None:
    sheet.canvas.setFillColorRGB(0.5, 0.5, 0.5)
    sheet.x, sheet.y = 60, sheet.random.choice([815, 20])
    sheet.write(size=8)


def _watermark(sheet: Sheet) -> None:
    over = sheet.random.random() < 0.5
    if over:
        sheet.write()
    sheet.canvas.saveState()
    sheet.canvas.setFillColorRGB(*[0 if over else 0.75] * 3, alpha=0.3 if over else 1)
    sheet.canvas.setFont("Helvetica-Bold", 110)
    sheet.canvas.translate(120, 250)
    sheet.canvas.rotate(50)
    sheet.canvas.drawString(0, 0, "DRAFT")
    sheet.canvas.restoreState()
    if not over:
        sheet.write()


def _shadow(sheet: Sheet) -> None:
    sheet.canvas.setFillColorRGB(0.7, 0.7, 0.7)
    sheet.write(size=12)
    sheet.canvas.setFillColorRGB(0, 0, 0)
    sheet.x, sheet.y = sheet.x - 0.8, sheet.y + 0.8
    sheet.write(size=12)


def _on_photo(sheet: Sheet) -> None:
    photo = Image.effect_noise((80, 60), 30).convert("RGB").point(lambda value: value * 0.3)
    sheet.canvas.drawImage(ImageReader(photo), 0, sheet.y - 30, 595, 90)
    sheet.canvas.setFillColorRGB(1, 1, 1)
    sheet.write(sheet.payload[:50], size=13)


def _half_transparent(sheet: Sheet) -> None:
    sheet.canvas.setFillAlpha(0.5)
    sheet.write()


def _in_cell(sheet: Sheet) -> None:
    path = sheet.canvas.beginPath()
    path.rect(0, sheet.y - 8, 595, 24)
    sheet.canvas.clipPath(path, stroke=1, fill=0)
    sheet.write()


def _outlined(sheet: Sheet) -> None:
    sheet.canvas.setFillColorRGB(1, 1, 1)
    sheet.canvas.setStrokeColorRGB(0, 0, 0)
    sheet.x = 20
    sheet.write(size=14, mode=2)


def _dark_form(sheet: Sheet) -> None:
    sheet.canvas.beginForm("banner")
    sheet.canvas.setFillColorRGB(0.1, 0.1, 0.3)
    sheet.canvas.rect(0, sheet.y - 8, 595, 30, stroke=0, fill=1)
    sheet.canvas.setFillColorRGB(1, 1, 1)
    sheet.write(sheet.payload[:40])
    sheet.canvas.endForm()
    sheet.canvas.doForm("banner")


def _link(sheet: Sheet) -> None:
    sheet.write()
    sheet.canvas.linkURL("https://example.org/profile", (sheet.x, sheet.y, sheet.x + 200, sheet.y + 12))


def _free_text(sheet: Sheet) -> None:
    sheet.write()
    sheet.canvas.setSubject("Application")
    sheet.canvas.setTitle("CV")
    sheet.canvas.bookmarkPage("top")
    sheet.canvas.addOutlineEntry("Experience", "top")


def _scan(random: Random, language: str) -> tuple[bytes, str]:
    """A scan: the picture of a page, and its words again in render mode 3, as recognition leaves them."""
    payload = draw_payload(random, language)
    lines = [*draw_lines(random, language, 6), payload]
    printed = BytesIO()
    canvas = Canvas(printed, pagesize=(595, 842))
    _print(canvas, lines, language, mode=0)
    canvas.save()
    picture = picture_page(printed.getvalue(), random.choice([1.5, 2, 3]))
    picture = Image.blend(picture, Image.effect_noise(picture.size, 12).convert("RGB"), 0.08)
    file = BytesIO()
    canvas = Canvas(file, pagesize=(595, 842))
    under = random.random() < 0.5  # the words lie under the picture, or over it
    if under:
        _print(canvas, lines, language, mode=3)
    canvas.drawImage(ImageReader(picture), 0, 0, 595, 842)
    if not under:
        _print(canvas, lines, language, mode=3)
    canvas.save()
    return file.getvalue(), payload


def _print(canvas: Canvas, lines: list[str], language: str, mode: int) -> None:
    for at, line in enumerate(lines):
        text = canvas.beginText(60, 780 - 24 * at)
        text.setFont(FONTS[language], 12)
        text.setTextRenderMode(cast(Any, mode))
        text.textLine(line)
        canvas.drawText(text)


def _turned_page(random: Random, language: str) -> tuple[bytes, str]:
    payload = draw_payload(random, language)
    pdf = BarePdf()
    pdf.add_page(show(payload, 80, 400), more=f"/Rotate {random.choice([90, 180, 270])}")
    return pdf.write(), payload


def _shifted_box(random: Random, language: str) -> tuple[bytes, str]:
    payload = draw_payload(random, language)
    pdf = BarePdf()
    pdf.add_page(show(payload, 1080, -400), more="/MediaBox[1000 -800 1595 42]/CropBox[1020 -780 1590 30]")
    return pdf.write(), payload


def _layer_on(random: Random, language: str) -> tuple[bytes, str]:
    payload = draw_payload(random, language)
    pdf = BarePdf()
    layer = pdf.add("<</Type/OCG/Name(Text)>>")
    pdf.catalog = f"/OCProperties<</OCGs[{layer}]/D<</ON[{layer}]/Order[{layer}]>>>>"
    pdf.add_page(show(payload, 80, 400, mark="/OC /Text"), f"/Properties<</Text {layer}>>")
    return pdf.write(), payload


def _ligature(random: Random, language: str) -> tuple[bytes, str]:
    payload = draw_payload(random, language)
    pdf = BarePdf()
    mark = f"/Span <</ActualText {text_string(payload)}>>"
    pdf.add_page(
        show(payload, 80, 400, mark=mark)
        + show("-", 80, 300, mark=f"/Span <</ActualText {text_string(chr(173))}>>")
    )
    return pdf.write(), payload


def _filled_field(random: Random, language: str) -> tuple[bytes, str]:
    """A filled form field, and a note on the page, both with an appearance that says what they hold."""
    payload = draw_payload(random, language)
    pdf = BarePdf()
    look = pdf.add(
        f"<</Type/XObject/Subtype/Form/BBox[0 0 500 30]/Resources<<{pdf.fonts}>>>>",
        show(payload, 2, 8).encode("latin-1"),
    )
    kind = random.choice(["/Subtype/Widget/FT/Tx/T(name)", "/Subtype/FreeText"])
    key = "V" if "Widget" in kind else "Contents"
    field = pdf.add(
        f"<</Type/Annot{kind}/Rect[60 200 560 230]/F 4/DA(/F1 11 Tf)"
        f"/{key} {text_string(payload)}/AP<</N {look}>>>>"
    )
    pdf.catalog = f"/AcroForm<</Fields[{field}]>>" if "Widget" in kind else ""
    pdf.add_page(show("Name:", 60, 240), more=f"/Annots[{field}]")
    return pdf.write(), payload


def _undrawn_field(random: Random, language: str) -> tuple[bytes, str]:
    """A filled field that has no appearance yet: viewers draw its value."""
    payload = draw_payload(random, "en")
    pdf = BarePdf()
    field = pdf.add(
        "<</Type/Annot/Subtype/Widget/FT/Tx/T(name)/Rect[20 200 580 230]/F 4"
        f"/DA(/F1 11 Tf 0 g)/V {text_string(payload)}>>"
    )
    pdf.catalog = f"/AcroForm<</Fields[{field}]/NeedAppearances true/DR<<{pdf.fonts}>>/DA(/F1 11 Tf 0 g)>>"
    pdf.add_page(show("Name:", 60, 240), more=f"/Annots[{field}]")
    return pdf.write(), payload


def _labelled_link(random: Random, language: str) -> tuple[bytes, str]:
    payload = draw_payload(random, language)
    pdf = BarePdf()
    link = pdf.add(
        "<</Type/Annot/Subtype/Link/Rect[60 200 400 230]/Contents(Profile)"
        "/A<</S/URI/URI(https://example.org/)>>>>"
    )
    pdf.add_page(show(payload, 60, 210), more=f"/Annots[{link}]")
    return pdf.write(), payload


def _quotes_famous(random: Random, language: str) -> tuple[bytes, str]:
    """A page that shows the famous sentence to everybody."""
    pdf = BarePdf()
    line = FAMOUS[language][:60]
    pdf.add_page(
        show(line, 80, 400)
        + "".join(show(one, 80, 600 - 20 * at) for at, one in enumerate(draw_lines(random, language, 3)))
    )
    return pdf.write(), line


TWINS: dict[str, Twin] = {
    "plain": _twin(_plain),
    "white_on_dark": _twin(_white_on_dark),
    "colour_on_colour": _twin(_colour_on_colour),
    "small_print": _twin(_small_print),
    "rotated": _twin(_rotated),
    "header_and_footer": _twin(_header_and_footer),
    "watermark": _twin(_watermark),
    "shadow": _twin(_shadow),
    "on_photo": _twin(_on_photo),
    "half_transparent": _twin(_half_transparent),
    "in_cell": _twin(_in_cell),
    "outlined": _twin(_outlined),
    "dark_form": _twin(_dark_form),
    "link": _twin(_link),
    "short_titles": _twin(_free_text),
    "scan": _scan,
    "turned_page": _turned_page,
    "shifted_box": _shifted_box,
    "layer_on": _layer_on,
    "ligature": _ligature,
    "filled_field": _filled_field,
    "undrawn_field": _undrawn_field,
    "labelled_link": _labelled_link,
    "quotes_famous": _quotes_famous,
}
