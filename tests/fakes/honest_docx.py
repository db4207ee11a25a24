"""Word documents that hide nothing and look as if they might: the clean twins of those that do."""

from collections.abc import Callable
from random import Random
from typing import Any

from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.shared import Pt, RGBColor

from tests.fakes.hiding_docx import MC, WHITE, Letter, W, add_style, draw_box, draw_ground, put, shade

Twin = Callable[[Random, str], tuple[bytes, str]]


def _twin(show: Callable[[Letter], None]) -> Twin:
    def draw(random: Random, language: str) -> tuple[bytes, str]:
        letter = Letter(random, language)
        show(letter)
        return letter.read(), letter.payload

    return draw


def _plain(letter: Letter) -> None:
    letter.write()


def _white_on_dark(letter: Letter) -> None:
    run = letter.write()
    run.font.color.rgb = WHITE
    holder = letter.random.choice([run._r.get_or_add_rPr(), letter.paragraph._p.get_or_add_pPr()])
    shade(holder, letter.random.choice(["000000", "1F3864", "C00000"]))


def _white_in_dark_cell(letter: Letter) -> None:
    cell = letter.file.add_table(2, 2).cell(0, 1)
    cell.paragraphs[0].add_run(letter.payload).font.color.rgb = WHITE
    shade(cell._tc.get_or_add_tcPr(), "203050")


def _white_in_table_head(letter: Letter) -> None:
    """White words in the head of a table whose style makes it dark."""
    table: Any = letter.file.add_table(3, 2)
    table.style = letter.file.styles["Medium Shading 1 Accent 1"]
    run = table.cell(0, 0).paragraphs[0].add_run(letter.payload)
    if letter.random.random() < 0.5:
        run.font.color.rgb = WHITE


def _white_in_box(letter: Letter) -> None:
    fill = '<a:solidFill><a:srgbClr val="1F3864"/></a:solidFill>'
    run = f'<w:r><w:rPr><w:color w:val="FFFFFF"/></w:rPr><w:t>{letter.payload}</w:t></w:r>'
    letter.paragraph._p.append(parse_xml(draw_box(run, "900000", fill)))


def _white_on_shape(letter: Letter) -> None:
    """White words on a dark shape that floats behind them."""
    fill = '<a:solidFill><a:srgbClr val="1F3864"/></a:solidFill>'
    letter.paragraph._p.append(parse_xml(draw_ground(fill, behind=1)))
    letter.write().font.color.rgb = WHITE


def _white_on_dark_page(letter: Letter) -> None:
    for paragraph in letter.file.paragraphs:
        for run in paragraph.runs:
            run.font.color.rgb = WHITE
    letter.write().font.color.rgb = WHITE
    letter.file.element.insert(0, parse_xml(f'<w:background {W} w:color="202020"/>'))
    letter.file.settings.element.insert(0, parse_xml(f"<w:displayBackgroundShape {W}/>"))


def _on_dark_theme(letter: Letter) -> None:
    run = letter.write()
    put(run, "color", val="FFFFFF", themeColor="background1")
    run._r.get_or_add_rPr().append(
        parse_xml(f'<w:shd {W} w:val="clear" w:color="auto" w:fill="FFFFFF" w:themeFill="text2"/>')
    )


def _small_print(letter: Letter) -> None:
    run = letter.write()
    run.font.size = Pt(letter.random.choice([5, 6, 7]))
    run.font.color.rgb = RGBColor(*[letter.random.randint(0, 0x90)] * 3)


def _inserted(letter: Letter) -> None:
    letter.paragraph._p.append(
        parse_xml(f'<w:ins {W} w:id="9" w:author="A"><w:r><w:t>{letter.payload}</w:t></w:r></w:ins>')
    )


def _moved_to(letter: Letter) -> None:
    letter.paragraph._p.append(
        parse_xml(f'<w:moveTo {W} w:id="9" w:author="A"><w:r><w:t>{letter.payload}</w:t></w:r></w:moveTo>')
    )


def _header_and_footer(letter: Letter) -> None:
    letter.file.sections[0].header.paragraphs[0].text = letter.payload
    letter.file.sections[0].footer.paragraphs[0].text = "1"


def _web_hidden(letter: Letter) -> None:
    """Word hides it on the web only; page numbers of every table of contents have it."""
    put(letter.write(), "webHidden")


def _slightly_condensed(letter: Letter) -> None:
    run = letter.write()
    put(run, "spacing", val="-10")
    put(run, "w", val="85")
    put(run, "position", val="6")


def _vanish_off(letter: Letter) -> None:
    style = add_style(letter, "Quiet", WD_STYLE_TYPE.CHARACTER)
    style.font.hidden = True
    run = letter.write()
    run.style = style
    run.font.hidden = False


def _shown_branch(letter: Letter) -> None:
    """The same box twice, as Word writes it: for itself, and for older programs."""
    box = draw_box(f"<w:r><w:t>{letter.payload}</w:t></w:r>", "900000")
    inner = box[box.index("<w:drawing>") : box.index("</w:r>", box.index("</w:drawing>"))]
    spaces = f'{nsdecls("w", "wp", "a")} xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
    old = (
        '<w:pict xmlns:v="urn:schemas-microsoft-com:vml"><v:shape style="width:200pt;height:50pt"><v:textbox>'
        f"<w:txbxContent><w:p><w:r><w:t>{letter.payload}</w:t></w:r></w:p></w:txbxContent></v:textbox></v:shape></w:pict>"
    )
    letter.paragraph._p.append(
        parse_xml(
            f"<w:r {spaces} {MC}><mc:AlternateContent><mc:Choice Requires='wps'>{inner}</mc:Choice>"
            f"<mc:Fallback>{old}</mc:Fallback></mc:AlternateContent></w:r>"
        )
    )


def _link(letter: Letter) -> None:
    target = letter.file.part.relate_to(
        "https://example.org/",
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink",
        is_external=True,
    )
    letter.paragraph._p.append(
        parse_xml(
            f'<w:hyperlink {nsdecls("w", "r")} r:id="{target}">'
            f"<w:r><w:t>{letter.payload}</w:t></w:r></w:hyperlink>"
        )
    )


TWINS: dict[str, Twin] = {
    "plain": _twin(_plain),
    "white_on_dark": _twin(_white_on_dark),
    "white_in_dark_cell": _twin(_white_in_dark_cell),
    "white_in_table_head": _twin(_white_in_table_head),
    "white_in_box": _twin(_white_in_box),
    "white_on_shape": _twin(_white_on_shape),
    "white_on_dark_page": _twin(_white_on_dark_page),
    "on_dark_theme": _twin(_on_dark_theme),
    "small_print": _twin(_small_print),
    "inserted": _twin(_inserted),
    "moved_to": _twin(_moved_to),
    "header_and_footer": _twin(_header_and_footer),
    "web_hidden": _twin(_web_hidden),
    "slightly_condensed": _twin(_slightly_condensed),
    "vanish_off": _twin(_vanish_off),
    "shown_branch": _twin(_shown_branch),
    "link": _twin(_link),
}
