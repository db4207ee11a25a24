"""PDFs that hide a text from whoever looks at them: one trick each, drawn with a seed."""

from collections.abc import Callable
from io import BytesIO
from random import Random
from typing import Any, cast

import pypdfium2  # pyright: ignore[reportMissingTypeStubs]
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from fen.hierarchy.documents.pdf.door import load_pdfium
from tests.fakes.bare_pdf import BarePdf, show, show_lines, text_string
from tests.fakes.hiding_words import Sample, draw_lines, draw_payload

Draw = Callable[[Random, str], Sample]
FONTS = {"en": "Helvetica", "zh": "STSong-Light"}

pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))


class Sheet:
    """A PDF in the making: innocent lines on each page, and a place that is free for the payload."""

    def __init__(self, random: Random, language: str, payload: str | None = None) -> None:
        self.random = random
        self.language = language
        self.payload = payload or draw_payload(random, language)
        self.pages = random.randint(1, 3)
        self.page = random.randint(1, self.pages)
        self.x: float = random.randint(60, 160)
        self.y: float = random.randint(120, 400)
        self._file = BytesIO()
        self.canvas = Canvas(self._file, pagesize=(595, 842))

    @property
    def font(self) -> str:
        return FONTS[self.language]

    def draw(self, hide: Callable[["Sheet"], None]) -> bytes:
        """Draw all pages, and what is hidden on its own one."""
        for number in range(1, self.pages + 1):
            self.canvas.setFillColorRGB(0, 0, 0)
            self.canvas.setFont(self.font, 12)
            for at, line in enumerate(draw_lines(self.random, self.language, 6)):
                self.canvas.drawString(60, 780 - 20 * at, line)
            if number == self.page:
                hide(self)
            self.canvas.showPage()
        self.canvas.save()
        return self._file.getvalue()

    def write(self, text: str | None = None, size: float = 11, mode: int = 0) -> None:
        """Write a line, the payload unless another is given, at the free place."""
        line = self.canvas.beginText(self.x, self.y)
        line.setFont(self.font, size)
        line.setTextRenderMode(cast(Any, mode))
        line.textLine(text or self.payload)
        self.canvas.drawText(line)


def _trick(hide: Callable[[Sheet], None], *kinds: str, where: str = "page {page} (") -> Draw:
    """Return what draws a file with that trick."""

    def draw(random: Random, language: str) -> Sample:
        sheet = Sheet(random, language)
        data = sheet.draw(hide)
        return Sample(data, sheet.payload, kinds, where.format(page=sheet.page))

    return draw


def _white(sheet: Sheet) -> None:
    sheet.canvas.setFillColorRGB(1, 1, 1)
    sheet.write(size=sheet.random.choice([6, 9, 12, 18]))


def _near_white(sheet: Sheet) -> None:
    sheet.canvas.setFillColorRGB(*[sheet.random.uniform(0.93, 0.99) for _ in range(3)])
    sheet.write(size=sheet.random.choice([6, 9, 12]))


def _white_in_cmyk(sheet: Sheet) -> None:
    sheet.canvas.setFillColorCMYK(0, 0, 0.02, 0)
    sheet.write()


def _on_own_colour(sheet: Sheet) -> None:
    colour = [sheet.random.uniform(0.1, 0.9) for _ in range(3)]
    sheet.canvas.setFillColorRGB(*colour)
    sheet.canvas.rect(40, sheet.y - 10, 520, 40, stroke=0, fill=1)
    sheet.canvas.setFillColorRGB(*[part + 0.03 for part in colour])
    sheet.write()


def _black_on_black(sheet: Sheet) -> None:
    sheet.canvas.rect(40, sheet.y - 10, 520, 40, stroke=0, fill=1)
    sheet.write()


def _tiny(sheet: Sheet) -> None:
    sheet.write(size=sheet.random.uniform(0.1, 1.8))


def _scaled_down(sheet: Sheet) -> None:
    sheet.canvas.translate(sheet.x, sheet.y)
    sheet.canvas.scale(0.02, 0.02)
    sheet.x = sheet.y = 0
    sheet.write(size=sheet.random.choice([10, 24, 60]))


def _squeezed(sheet: Sheet) -> None:
    line = sheet.canvas.beginText(sheet.x, sheet.y)
    line.setFont(sheet.font, 11)
    line.setHorizScale(sheet.random.choice([1, 3, 8]))
    line.textLine(sheet.payload)
    sheet.canvas.drawText(line)


def _invisible(sheet: Sheet) -> None:
    sheet.write(mode=3)


def _transparent(sheet: Sheet) -> None:
    sheet.canvas.setFillAlpha(sheet.random.choice([0, 0.01, 0.03]))
    sheet.write()


def _faint(sheet: Sheet) -> None:
    sheet.canvas.setFillAlpha(sheet.random.choice([0.06, 0.09]))
    sheet.write()


def _beside_page(sheet: Sheet) -> None:
    sheet.x = sheet.random.choice([-2000, 600, 5000])
    sheet.write()


def _above_page(sheet: Sheet) -> None:
    sheet.y = sheet.random.choice([-300, -20, 850, 9000])
    sheet.write()


def _outside_crop(sheet: Sheet) -> None:
    sheet.canvas.setCropBox((50, 150, 595, 842))
    sheet.y = sheet.random.randint(20, 130)
    sheet.write()


def _under_rectangle(sheet: Sheet) -> None:
    sheet.write()
    sheet.canvas.setFillColorRGB(*sheet.random.choice([(1, 1, 1), (0.2, 0.3, 0.7), (0.9, 0.9, 0.8)]))
    sheet.canvas.rect(40, sheet.y - 10, 550, 40, stroke=0, fill=1)


def _under_image(sheet: Sheet) -> None:
    sheet.write()
    picture = Image.effect_noise((60, 60), 40).convert("RGB")
    sheet.canvas.drawImage(ImageReader(picture), 40, sheet.y - 20, 550, 60)


def _clipped(sheet: Sheet) -> None:
    path = sheet.canvas.beginPath()
    path.rect(sheet.x, sheet.y + 200, 30, 30)
    sheet.canvas.clipPath(path, stroke=0, fill=0)
    sheet.write()


def _white_over_words(sheet: Sheet) -> None:
    line = draw_lines(sheet.random, sheet.language, 1)[0]
    first, second = (line, sheet.payload) if sheet.random.random() < 0.5 else (sheet.payload, line)
    for text in (first, second):
        sheet.canvas.setFillColorRGB(*([1] * 3 if text is sheet.payload else [0] * 3))
        sheet.write(text)


def _off_under_words(sheet: Sheet) -> None:
    sheet.write(mode=3)
    sheet.write(draw_lines(sheet.random, sheet.language, 1)[0])


def _in_form(sheet: Sheet) -> None:
    sheet.canvas.beginForm("hidden")
    sheet.canvas.setFillColorRGB(1, 1, 1)
    sheet.write()
    sheet.canvas.endForm()
    sheet.canvas.translate(sheet.random.randint(0, 20), 10)
    sheet.canvas.doForm("hidden")


def _in_small_form(sheet: Sheet) -> None:
    sheet.canvas.beginForm("small")
    sheet.write(size=14)
    sheet.canvas.endForm()
    sheet.canvas.translate(200, 200)
    sheet.canvas.scale(0.05, 0.05)
    sheet.canvas.doForm("small")


def _clip_only(sheet: Sheet) -> None:
    sheet.write(mode=7)


def _sticky_note(sheet: Sheet) -> None:
    place = (sheet.x, sheet.y, sheet.x + 20, sheet.y + 20)
    sheet.canvas.textAnnotation(sheet.payload, Rect=place)


def _bookmark(sheet: Sheet) -> None:
    sheet.canvas.bookmarkPage("here")
    sheet.canvas.addOutlineEntry(sheet.payload, "here")


def _subject(sheet: Sheet) -> None:
    getattr(sheet.canvas, sheet.random.choice(["setSubject", "setTitle", "setKeywords", "setAuthor"]))(
        sheet.payload
    )


def _blank_of_scan(sheet: Sheet) -> None:
    sheet.canvas.drawImage(ImageReader(Image.new("RGB", (400, 560), "white")), 0, 0, 595, 560)
    sheet.write(mode=3)


def _other_words_of_scan(random: Random, language: str) -> Sample:
    """Invisible text on a scan whose words are others: gaps of one lie on words of the other."""
    payload = " ".join(draw_payload(random, "en") for _ in range(2))
    picture = picture_page(_print_lines(random, "en"), 2)
    file = BytesIO()
    canvas = Canvas(file, pagesize=(595, 842))
    canvas.drawImage(ImageReader(picture), 0, 0, 595, 842)
    line = canvas.beginText(64, 780 - 20 * random.randint(0, 7))
    line.setFont("Helvetica", 9)
    line.setTextRenderMode(3)
    line.setWordSpace(4)
    line.textLine(payload[:80])
    canvas.drawText(line)
    canvas.save()
    return Sample(file.getvalue(), payload[:80], ("invisible_text",), "page 1 (")


def _print_lines(random: Random, language: str) -> bytes:
    file = BytesIO()
    canvas = Canvas(file, pagesize=(595, 842))
    canvas.setFont(FONTS[language], 12)
    for at, line in enumerate(draw_lines(random, language, 8)):
        canvas.drawString(60, 780 - 20 * at, " ".join([line] * 2)[:88])
    canvas.save()
    return file.getvalue()


def picture_page(data: bytes, scale: float, number: int = 0) -> Image.Image:
    """Return a picture of a page; Chinese is drawn as boxes, as this machine may have no font for it."""
    load_pdfium()
    with pypdfium2.PdfDocument(data) as document:
        return document[number].render(scale=cast(Any, scale)).to_pil()


def count_pages(data: bytes) -> int:
    """Return how many pages a file has."""
    with pypdfium2.PdfDocument(data) as document:
        return len(document)


def _bare(trick: Callable[[BarePdf, Random, str], tuple[str, str, str]], *kinds: str, where: str) -> Draw:
    """Return what draws a bare PDF: the trick gives what the page draws, its resources, and the rest."""

    def draw(random: Random, language: str) -> Sample:
        payload = draw_payload(random, language)
        pdf = BarePdf()
        lines = show_lines(draw_lines(random, language, 5), random)
        content, resources, more = trick(pdf, random, payload)
        pdf.add_page(lines + content, resources, more)
        return Sample(pdf.write(), payload, kinds, where)

    return draw


def _layer_off(pdf: BarePdf, random: Random, payload: str) -> tuple[str, str, str]:
    layer = pdf.add("<</Type/OCG/Name(Draft)>>")
    pdf.catalog = f"/OCProperties<</OCGs[{layer}]/D<</OFF[{layer}]/Order[{layer}]>>>>"
    content = show(payload, 70, random.randint(100, 500), mark="/OC /Draft")
    return content, f"/Properties<</Draft {layer}>>", ""


def _form_in_layer(pdf: BarePdf, random: Random, payload: str) -> tuple[str, str, str]:
    layer = pdf.add("<</Type/OCG/Name(Draft)>>")
    pdf.catalog = f"/OCProperties<</OCGs[{layer}]/D<</OFF[{layer}]/Order[{layer}]>>>>"
    form = pdf.add(
        f"<</Type/XObject/Subtype/Form/BBox[0 0 595 842]/OC {layer}/Resources<<{pdf.fonts}>>>>",
        show(payload, 70, random.randint(100, 500)).encode(),
    )
    return "/Hidden Do\n", f"/XObject<</Hidden {form}>>", ""


def _actual_text(pdf: BarePdf, random: Random, payload: str) -> tuple[str, str, str]:
    mark = f"/Span <</ActualText {text_string(payload)}>>"
    return show("Yours sincerely", 70, random.randint(100, 500), mark=mark), "", ""


def _alternate_text(pdf: BarePdf, random: Random, payload: str) -> tuple[str, str, str]:
    element, root, page = pdf.foresee(1), pdf.foresee(2), pdf.foresee(4)  # the third is what the page draws
    pdf.add(f"<</Type/StructElem/S/Figure/P {root}/Pg {page}/K 0/Alt {text_string(payload)}>>")
    pdf.add(f"<</Type/StructTreeRoot/K[{element}]/ParentTree<</Nums[0[{element}]]>>>>")
    pdf.catalog = f"/StructTreeRoot {root}/MarkInfo<</Marked true>>"
    return show("A figure", 70, 300, mark="/Figure <</MCID 0>>"), "", "/StructParents 0"


def _attached(pdf: BarePdf, random: Random, payload: str) -> tuple[str, str, str]:
    stream = pdf.add("<</Type/EmbeddedFile>>", f"notes\n{payload}\n".encode())
    file = pdf.add(f"<</Type/Filespec/F(notes.txt)/UF(notes.txt)/EF<</F {stream}>>>>")
    pdf.catalog = f"/Names<</EmbeddedFiles<</Names[(notes.txt){file}]>>>>"
    return "", "", ""


def _script(pdf: BarePdf, random: Random, payload: str) -> tuple[str, str, str]:
    action = pdf.add(f"<</S/JavaScript/JS {text_string(f'app.alert(`{payload}`)')}>>")
    pdf.catalog = f"/Names<</JavaScript<</Names[(start){action}]>>>>"
    return "", "", ""


def _xmp(pdf: BarePdf, random: Random, payload: str) -> tuple[str, str, str]:
    packet = (
        '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description'
        f' xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:description>{payload}</dc:description>'
        "</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end='w'?>"
    )
    pdf.catalog = f"/Metadata {pdf.add('<</Type/Metadata/Subtype/XML>>', packet.encode())}"
    return "", "", ""


def _hidden_annotation(pdf: BarePdf, random: Random, payload: str) -> tuple[str, str, str]:
    flag = random.choice([2, 32])  # hidden; not for the screen
    note = pdf.add(
        f"<</Type/Annot/Subtype/FreeText/Rect[60 200 400 230]/F {flag}"
        f"/DA(/Helv 11 Tf)/Contents {text_string(payload)}>>"
    )
    return "", "", f"/Annots[{note}]"


def _hidden_field(pdf: BarePdf, random: Random, payload: str) -> tuple[str, str, str]:
    field = pdf.add(
        f"<</Type/Annot/Subtype/Widget/FT/Tx/T(note)/Rect[60 200 400 230]/F 2/V {text_string(payload)}>>"
    )
    pdf.catalog = f"/AcroForm<</Fields[{field}]>>"
    return "", "", f"/Annots[{field}]"


def _soft_mask(pdf: BarePdf, random: Random, payload: str) -> tuple[str, str, str]:
    black = pdf.add(
        "<</Type/XObject/Subtype/Form/BBox[0 0 595 842]/Group<</S/Transparency/CS/DeviceGray>>>>",
        b"0 g 0 0 595 842 re f",
    )
    state = pdf.add(f"<</Type/ExtGState/SMask<</S/Luminosity/G {black}>>>>")
    content = f"q /GS gs {show(payload, 70, random.randint(100, 500))} Q\n"
    return content, f"/ExtGState<</GS {state}>>", ""


def _blended(pdf: BarePdf, random: Random, payload: str) -> tuple[str, str, str]:
    """Text that is only multiplied in: white changes nothing, whatever lies beneath."""
    state = pdf.add("<</Type/ExtGState/BM/Multiply>>")
    content = f"q 0.7 0.8 0.9 rg 40 180 500 60 re f /GS gs 1 g {show(payload, 70, 200)} Q\n"
    return content, f"/ExtGState<</GS {state}>>", ""


_UNSEEN = ("white_text", "unpainted_text", "covered_text", "transparent_text")
TRICKS: dict[str, Draw] = {
    "white": _trick(_white, "white_text"),
    "near_white": _trick(_near_white, "white_text"),
    "white_in_cmyk": _trick(_white_in_cmyk, "white_text"),
    "on_own_colour": _trick(_on_own_colour, "white_text"),
    "black_on_black": _trick(_black_on_black, "white_text"),
    "tiny": _trick(_tiny, "tiny_text"),
    "scaled_down": _trick(_scaled_down, "tiny_text"),
    "squeezed": _trick(_squeezed, "tiny_text"),
    "invisible": _trick(_invisible, "invisible_text"),
    "transparent": _trick(_transparent, "transparent_text"),
    "faint": _trick(_faint, *_UNSEEN),
    "beside_page": _trick(_beside_page, "off_page"),
    "above_page": _trick(_above_page, "off_page"),
    "outside_crop": _trick(_outside_crop, "off_page"),
    "under_rectangle": _trick(_under_rectangle, "covered_text", "white_text"),
    "under_image": _trick(_under_image, "covered_text"),
    "clipped": _trick(_clipped, "clipped_text"),
    "white_over_words": _trick(_white_over_words, "white_text"),
    "off_under_words": _trick(_off_under_words, "invisible_text"),
    "in_form": _trick(_in_form, "white_text"),
    "in_small_form": _trick(_in_small_form, "tiny_text"),
    "clip_only": _trick(_clip_only, "invisible_text"),
    "sticky_note": _trick(_sticky_note, "annotation"),
    "bookmark": _trick(_bookmark, "bookmark", where="outline"),
    "information": _trick(_subject, "metadata", where="document information"),
    "blank_of_scan": _trick(_blank_of_scan, "invisible_text"),
    "other_words_of_scan": _other_words_of_scan,
    "layer_off": _bare(_layer_off, "hidden_layer", where="page 1 ("),
    "form_in_layer": _bare(_form_in_layer, "hidden_layer", *_UNSEEN, where="page 1 ("),
    "actual_text": _bare(_actual_text, "actual_text", where="page 1 ("),
    "alternate_text": _bare(_alternate_text, "alt_text", where="page 1"),
    "attached": _bare(_attached, "attachment", where="attached file"),
    "script": _bare(_script, "script", where="document script"),
    "xmp": _bare(_xmp, "metadata", where="document information"),
    "hidden_annotation": _bare(_hidden_annotation, "annotation", where="page 1 (60, 200)"),
    "hidden_field": _bare(_hidden_field, "form_value", where="page 1 (60, 200)"),
    "soft_mask": _bare(_soft_mask, *_UNSEEN, where="page 1 ("),
    "blended": _bare(_blended, *_UNSEEN, where="page 1 ("),
}
