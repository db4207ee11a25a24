"""Word documents that hide a text from whoever opens them: one trick each, drawn with a seed."""

from collections.abc import Callable
from io import BytesIO
from random import Random
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from docx import Document
from docx.document import Document as DocxFile
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_LINE_SPACING
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Pt, RGBColor

from tests.fakes.hiding_words import Sample, draw_lines, draw_payload

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
MC = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
WHITE = RGBColor(255, 255, 255)


class Letter:
    """A document in the making: innocent paragraphs, and an empty one for the payload among them."""

    def __init__(self, random: Random, language: str, payload: str | None = None) -> None:
        self.random = random
        self.payload = payload or draw_payload(random, language)
        self.file: DocxFile = Document()
        self.paragraph: Any = None
        lines = draw_lines(random, language, 5)
        self.number = random.randint(1, len(lines) + 1)
        for at, line in enumerate(lines, 1):
            if at == self.number:
                self.paragraph = self.file.add_paragraph()
            self.file.add_paragraph(line)
        if self.number > len(lines):
            self.paragraph = self.file.add_paragraph()
        self.parts: dict[str, str] = {}

    def write(self, text: str | None = None) -> Any:
        """Write the payload, or another text, into the empty paragraph."""
        return self.paragraph.add_run(text or self.payload)

    def read(self) -> bytes:
        """Return the file, with the parts that were added to it."""
        buffer = BytesIO()
        self.file.save(buffer)
        if self.parts:
            with ZipFile(buffer, "a", ZIP_DEFLATED) as archive:
                for name, text in self.parts.items():
                    archive.writestr(name, text)
        return buffer.getvalue()


Draw = Callable[[Random, str], Sample]


def _trick(hide: Callable[[Letter], None], *kinds: str, where: str = "paragraph {number}") -> Draw:
    def draw(random: Random, language: str) -> Sample:
        letter = Letter(random, language)
        hide(letter)
        return Sample(letter.read(), letter.payload, kinds, where.format(number=letter.number))

    return draw


def add_style(letter: Letter, name: str, kind: WD_STYLE_TYPE) -> Any:
    """Add a style to the document."""
    return letter.file.styles.add_style(name, kind)


def put(run: Any, name: str, **values: str) -> None:
    """Set a property of a run that python-docx does not name."""
    element = OxmlElement(f"w:{name}")
    for key, value in values.items():
        element.set(qn(f"w:{key}"), value)
    run._r.get_or_add_rPr().append(element)


def shade(properties: Any, fill: str) -> None:
    properties.append(parse_xml(f'<w:shd {W} w:val="clear" w:color="auto" w:fill="{fill}"/>'))


def _vanish(letter: Letter) -> None:
    letter.write().font.hidden = True


def _vanish_by_style(letter: Letter) -> None:
    style = add_style(letter, "Quiet", WD_STYLE_TYPE.CHARACTER)
    style.font.hidden = True
    further = add_style(letter, "Quieter", WD_STYLE_TYPE.CHARACTER)
    further.base_style = style
    letter.write().style = letter.random.choice([style, further])


def _spec_vanish(letter: Letter) -> None:
    put(letter.write(), "specVanish")


def _white(letter: Letter) -> None:
    run = letter.write()
    run.font.color.rgb = RGBColor(*[letter.random.randint(238, 255) for _ in range(3)])
    run.font.size = Pt(letter.random.choice([6, 11, 14]))


def _white_by_style(letter: Letter) -> None:
    style = add_style(letter, "Pale", WD_STYLE_TYPE.PARAGRAPH)
    style.font.color.rgb = WHITE
    letter.write()
    letter.paragraph.style = style


def _white_by_default(letter: Letter) -> None:
    letter.write()
    style = add_style(letter, "Plain Black", WD_STYLE_TYPE.PARAGRAPH)
    style.font.color.rgb = RGBColor(0, 0, 0)
    paragraphs: list[Any] = list(letter.file.paragraphs)
    for paragraph in paragraphs:
        if paragraph.text != letter.payload:
            paragraph.style = style
    properties = letter.file.styles.element.find(f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}/{qn('w:rPr')}")
    properties.append(parse_xml(f'<w:color {W} w:val="FFFFFF"/>'))


def _white_by_theme(letter: Letter) -> None:
    put(letter.write(), "color", val="000000", themeColor="background1")


def _shaded_theme(letter: Letter) -> None:
    put(letter.write(), "color", val="000000", themeColor="background1", themeShade="F2")


def _on_own_shade(letter: Letter) -> None:
    colour = "".join(f"{letter.random.randint(0, 255):02X}" for _ in range(3))
    run = letter.write()
    put(run, "color", val=colour)
    holder = letter.random.choice([run._r.get_or_add_rPr(), letter.paragraph._p.get_or_add_pPr()])
    shade(holder, colour)


def _on_highlight(letter: Letter) -> None:
    run = letter.write()
    put(run, "color", val="FFFF00")
    put(run, "highlight", val="yellow")


def _in_own_cell(letter: Letter) -> None:
    table = letter.file.add_table(2, 2)
    for row in table.rows:
        row.cells[0].text = "-"
    cell = table.cell(1, 1)
    run = cell.paragraphs[0].add_run(letter.payload)
    run.font.color.rgb = RGBColor(0x20, 0x30, 0x50)
    shade(cell._tc.get_or_add_tcPr(), "203050")


def _tiny(letter: Letter) -> None:
    letter.write().font.size = Pt(letter.random.choice([0.5, 1, 1.5, 2]))


def _scaled(letter: Letter) -> None:
    put(letter.write(), "w", val=letter.random.choice(["1", "5", "10"]))


def _condensed(letter: Letter) -> None:
    put(letter.write(), "spacing", val=letter.random.choice(["-200", "-400", "-1500"]))


def _raised(letter: Letter) -> None:
    put(letter.write(), "position", val=letter.random.choice(["1600", "3000", "-3000"]))


def _flat_line(letter: Letter) -> None:
    letter.write()
    letter.paragraph.paragraph_format.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    letter.paragraph.paragraph_format.line_spacing = Pt(letter.random.choice([0.05, 1]))


def _far_indent(letter: Letter) -> None:
    letter.write()
    letter.paragraph.paragraph_format.left_indent = Pt(-letter.random.choice([900, 1500]))


def _far_frame(letter: Letter) -> None:
    letter.write()
    x = letter.random.choice(["-20000", "31000"])
    letter.paragraph._p.get_or_add_pPr().append(
        parse_xml(f'<w:framePr {W} w:w="2000" w:hAnchor="page" w:x="{x}"/>')
    )


def _deleted(letter: Letter) -> None:
    letter.paragraph._p.append(
        parse_xml(
            f'<w:del {W} w:id="9" w:author="A"><w:r><w:delText>{letter.payload}</w:delText></w:r></w:del>'
        )
    )


def _moved(letter: Letter) -> None:
    letter.paragraph._p.append(
        parse_xml(
            f'<w:moveFrom {W} w:id="9" w:author="A"><w:r><w:t>{letter.payload}</w:t></w:r></w:moveFrom>'
        )
    )


def _comment(letter: Letter) -> None:
    letter.file.add_comment(letter.write("See here"), text=letter.payload, author="Reader")


def _core_property(letter: Letter) -> None:
    setattr(
        letter.file.core_properties,
        letter.random.choice(["subject", "comments", "keywords", "title"]),
        letter.payload,
    )


def _custom_property(letter: Letter) -> None:
    letter.parts["docProps/custom.xml"] = (
        f"<Properties><property name='n'><v>{letter.payload}</v></property></Properties>"
    )


def _custom_xml(letter: Letter) -> None:
    letter.parts["customXml/item7.xml"] = f"<notes><note>{letter.payload}</note></notes>"


def _document_variable(letter: Letter) -> None:
    settings = letter.file.settings.element
    settings.append(parse_xml(f'<w:docVars {W}><w:docVar w:name="v" w:val="{letter.payload}"/></w:docVars>'))


def _field_code(letter: Letter) -> None:
    run = letter.write("3")
    run._r.insert(0, parse_xml(f"<w:instrText {W}>QUOTE {letter.payload}</w:instrText>"))


def _alternate(letter: Letter) -> None:
    run = letter.write("3")
    run._r.append(
        parse_xml(
            f"<mc:AlternateContent {MC} {W}><mc:Choice Requires='wps'><w:t>4</w:t></mc:Choice>"
            f"<mc:Fallback><w:t>{letter.payload}</w:t></mc:Fallback></mc:AlternateContent>"
        )
    )


def _unknown_choice(letter: Letter) -> None:
    letter.write("3")
    letter.paragraph._p.append(
        parse_xml(
            f"<mc:AlternateContent {MC} {W}><mc:Choice Requires='zz'><w:r><w:t>{letter.payload}</w:t></w:r>"
            "</mc:Choice><mc:Fallback><w:r><w:t>4</w:t></w:r></mc:Fallback></mc:AlternateContent>"
        )
    )


def _ignored_markup(letter: Letter) -> None:
    letter.paragraph._p.append(
        parse_xml(f"<x:note xmlns:x='urn:example:x' {W}><w:r><w:t>{letter.payload}</w:t></w:r></x:note>")
    )


def _clear_fill(letter: Letter) -> None:
    fill = letter.random.choice(
        [
            "<w14:noFill/>",
            '<w14:solidFill><w14:srgbClr><w14:alpha w14:val="100000"/></w14:srgbClr></w14:solidFill>',
        ]
    )
    space = 'xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"'
    letter.write()._r.get_or_add_rPr().append(parse_xml(f"<w14:textFill {space}>{fill}</w14:textFill>"))


def draw_box(text: str, position: str, fill: str = "", extent: str = 'cx="2000000" cy="500000"') -> str:
    """Return a run with a text box; position: offset from the page in EMU."""
    return f"""<w:r {nsdecls("w", "wp", "a")}
      xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"><w:drawing><wp:anchor>
      <wp:positionH relativeFrom="page"><wp:posOffset>{position}</wp:posOffset></wp:positionH>
      <wp:positionV relativeFrom="page"><wp:posOffset>900000</wp:posOffset></wp:positionV>
      <wp:extent {extent}/><wp:docPr id="7" name="Box"/><a:graphic><a:graphicData><wps:wsp>
      <wps:spPr>{fill}</wps:spPr><wps:txbx><w:txbxContent><w:p>{text}</w:p></w:txbxContent></wps:txbx></wps:wsp></a:graphicData></a:graphic>
      </wp:anchor></w:drawing></w:r>"""


def _box_off_page(letter: Letter) -> None:
    far = letter.random.choice(["-9000000", "20000000"])
    letter.paragraph._p.append(parse_xml(draw_box(f"<w:r><w:t>{letter.payload}</w:t></w:r>", far)))


def _box_of_no_size(letter: Letter) -> None:
    box = draw_box(f"<w:r><w:t>{letter.payload}</w:t></w:r>", "900000", extent='cx="1" cy="1"')
    letter.paragraph._p.append(parse_xml(box))


def _vml_hidden(letter: Letter) -> None:
    style = letter.random.choice(["visibility:hidden", "margin-left:-4000pt;width:100pt", "width:0;height:0"])
    letter.write("3")._r.append(
        parse_xml(
            f'<w:pict {W} xmlns:v="urn:schemas-microsoft-com:vml"><v:shape style="{style}"><v:textbox>'
            f"<w:txbxContent><w:p><w:r><w:t>{letter.payload}</w:t></w:r></w:p></w:txbxContent></v:textbox></v:shape></w:pict>"
        )
    )


def _under_shape(letter: Letter) -> None:
    """A white shape on a paragraph that anybody else would read."""
    letter.write()
    fill = '<a:solidFill><a:srgbClr val="FFFFFF"/></a:solidFill>'
    letter.paragraph._p.append(parse_xml(draw_ground(fill, behind=0)))


def draw_ground(fill: str, behind: int) -> str:
    """Return a run with a wide shape that stands at its paragraph, behind the text or on it."""
    shape = draw_box("<w:r><w:t></w:t></w:r>", "0", fill, 'cx="5000000" cy="500000"')
    shape = shape.replace("<wp:anchor>", f'<wp:anchor behindDoc="{behind}">').replace("900000", "0")
    shape = shape.replace('positionH relativeFrom="page"', 'positionH relativeFrom="column"')
    shape = shape.replace('positionV relativeFrom="page"', 'positionV relativeFrom="paragraph"')
    return shape.replace("<wp:docPr", "<wp:wrapNone/><wp:docPr")


def _alternate_text(letter: Letter) -> None:
    run = draw_box("<w:r><w:t>3</w:t></w:r>", "900000").replace(
        'name="Box"', f'name="Box" descr="{letter.payload}"'
    )
    letter.paragraph._p.append(parse_xml(run))


def _hidden_row(letter: Letter) -> None:
    table = letter.file.add_table(3, 1)
    for at, row in enumerate(table.rows):
        row.cells[0].text = letter.payload if at == 1 else f"{at}"
    properties = table.rows[1]._tr.get_or_add_trPr()
    kind = letter.random.choice(["<w:hidden {}/>", '<w:trHeight {} w:val="1" w:hRule="exact"/>'])
    properties.append(parse_xml(kind.format(W)))


def _first_header(letter: Letter) -> None:
    """A header of the first page in a section whose first page has none of its own."""
    section = letter.file.sections[0]
    section.first_page_header.is_linked_to_previous = False
    section.first_page_header.paragraphs[0].text = letter.payload


def _white_header(letter: Letter) -> None:
    run = letter.file.sections[0].header.paragraphs[0].add_run(letter.payload)
    run.font.color.rgb = WHITE


def _long_bookmark(letter: Letter) -> None:
    name = letter.payload.replace(" ", "_")
    letter.paragraph._p.append(parse_xml(f'<w:bookmarkStart {W} w:id="3" w:name="{name}"/>'))
    letter.write("3")


TRICKS: dict[str, Draw] = {
    "vanish": _trick(_vanish, "hidden_run"),
    "vanish_by_style": _trick(_vanish_by_style, "hidden_run"),
    "spec_vanish": _trick(_spec_vanish, "hidden_run"),
    "white": _trick(_white, "white_text"),
    "white_by_style": _trick(_white_by_style, "white_text"),
    "white_by_default": _trick(_white_by_default, "white_text"),
    "white_by_theme": _trick(_white_by_theme, "white_text"),
    "shaded_theme": _trick(_shaded_theme, "white_text"),
    "on_own_shade": _trick(_on_own_shade, "white_text"),
    "on_highlight": _trick(_on_highlight, "white_text"),
    "in_own_cell": _trick(_in_own_cell, "white_text", where="paragraph"),
    "tiny": _trick(_tiny, "tiny_text"),
    "scaled": _trick(_scaled, "tiny_text"),
    "condensed": _trick(_condensed, "squeezed_text"),
    "raised": _trick(_raised, "off_page"),
    "flat_line": _trick(_flat_line, "tiny_text"),
    "far_indent": _trick(_far_indent, "off_page"),
    "far_frame": _trick(_far_frame, "off_page"),
    "deleted": _trick(_deleted, "deleted_text"),
    "moved": _trick(_moved, "moved_text"),
    "comment": _trick(_comment, "comment", where="comment 0 paragraph 1"),
    "core_property": _trick(_core_property, "metadata", where="docProps/core.xml"),
    "custom_property": _trick(_custom_property, "metadata", where="docProps/custom.xml"),
    "custom_xml": _trick(_custom_xml, "custom_xml", where="customXml/item7.xml"),
    "document_variable": _trick(_document_variable, "metadata", where="document variable"),
    "field_code": _trick(_field_code, "field_code"),
    "alternate": _trick(_alternate, "alternate_content"),
    "unknown_choice": _trick(_unknown_choice, "alternate_content"),
    "ignored_markup": _trick(_ignored_markup, "ignored_markup"),
    "clear_fill": _trick(_clear_fill, "transparent_text"),
    "box_off_page": _trick(_box_off_page, "off_page"),
    "box_of_no_size": _trick(_box_of_no_size, "hidden_shape"),
    "vml_hidden": _trick(_vml_hidden, "hidden_shape", "off_page"),
    "under_shape": _trick(_under_shape, "covered_text"),
    "alternate_text": _trick(_alternate_text, "alt_text"),
    "hidden_row": _trick(_hidden_row, "hidden_row", where="paragraph"),
    "first_header": _trick(_first_header, "unused_part", where="header paragraph 1"),
    "white_header": _trick(_white_header, "white_text", where="header paragraph 1"),
    "long_bookmark": _trick(_long_bookmark, "bookmark"),
}
