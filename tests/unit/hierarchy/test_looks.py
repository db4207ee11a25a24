"""What hides a run of a Word document, property by property; and what is inherited."""

import pytest

from fen.hierarchy.documents.contrast import WHITE
from fen.hierarchy.documents.docx.look import Look, Theme, judge_look, read_look
from fen.hierarchy.documents.docx.shapes import Sheet, judge_shape
from fen.hierarchy.documents.docx.styles import Cell, Styles, read_theme
from fen.hierarchy.documents.xml import parse_xml

_DARK = (20, 20, 60)
_SQUARE = "<anchor><extent cx='900000' cy='900000'/>"
_PLAIN = Theme({})
_THEME = parse_xml(
    b'<theme><themeElements><clrScheme><dk1><sysClr val="windowText" lastClr="000000"/></dk1>'
    b'<lt1><sysClr val="window" lastClr="FFFFFF"/></lt1><dk2><srgbClr val="1F497D"/></dk2>'
    b'<lt2><srgbClr val="EEECE1"/></lt2></clrScheme></themeElements></theme>',
    "DOCX",
)


def _look(inside: str, theme: Theme = _PLAIN) -> Look:
    return read_look(parse_xml(f"<rPr>{inside}</rPr>".encode(), "DOCX"), theme)


@pytest.mark.parametrize(
    ("inside", "paper", "kind"),
    [
        ("", WHITE, None),
        ("<vanish/>", WHITE, "hidden_run"),
        ("<vanish val='1'/>", WHITE, "hidden_run"),
        ("<vanish val='false'/>", WHITE, None),
        ("<webHidden/>", WHITE, None),
        ("<color val='FFFFFF'/>", WHITE, "white_text"),
        ("<color val='FFFFFF'/>", _DARK, None),
        ("<color val='auto'/>", _DARK, None),
        ("<color val='000000'/>", _DARK, None),
        ("<color val='101030'/>", _DARK, "white_text"),
        ("<color val='FFFFFF'/><shd val='clear' fill='202040'/>", WHITE, None),
        ("<color val='FFFFFF'/><shd val='solid' color='202040' fill='FFFFFF'/>", WHITE, None),
        ("<color val='808080'/><shd val='pct50' color='000000' fill='FFFFFF'/>", WHITE, "white_text"),
        ("<color val='FFFFFF'/><shd val='nil' fill='202040'/>", WHITE, "white_text"),
        ("<color val='FFFF10'/><highlight val='yellow'/>", WHITE, "white_text"),
        ("<color val='FFFFFF'/><outline/>", WHITE, None),
        ("<sz val='4'/>", WHITE, "tiny_text"),
        ("<sz val='12'/>", WHITE, None),
        ("<szCs val='2'/>", WHITE, None),
        ("<szCs val='2'/><rtl/>", WHITE, "tiny_text"),
        ("<w val='5'/>", WHITE, "tiny_text"),
        ("<w val='50'/>", WHITE, None),
        ("<spacing val='-300'/>", WHITE, "squeezed_text"),
        ("<spacing val='-10'/>", WHITE, None),
        ("<position val='3000'/>", WHITE, "off_page"),
        ("<position val='12'/>", WHITE, None),
        ("<textFill><noFill/></textFill>", WHITE, "transparent_text"),
        ("<textFill><solidFill><srgbClr val='0'/></solidFill></textFill>", WHITE, None),
        ("<sz val='many'/>", WHITE, None),
    ],
)
def test_a_property_hides_or_not(inside: str, paper: tuple[int, int, int], kind: str | None):
    assert judge_look(_look(inside), paper) == kind


def test_a_look_covers_the_one_below():
    below = _look("<color val='FFFFFF'/><sz val='20'/>")
    assert _look("<color val='FF0000'/>").over(below) == Look(colour=(255, 0, 0), auto=False, size=10.0)
    assert judge_look(_look("<color val='auto'/>").over(below), WHITE) is None
    assert judge_look(_look("<vanish val='0'/>").over(_look("<vanish/>")), WHITE) is None


def test_a_theme_names_colours():
    theme = read_theme(_THEME, None)
    assert theme.colours["background1"] == WHITE
    assert judge_look(_look("<color val='000000' themeColor='background1'/>", theme), WHITE) == "white_text"
    assert judge_look(_look("<color val='FFFFFF' themeColor='text1'/>", theme), WHITE) is None
    shaded = _look("<color val='000000' themeColor='background1' themeShade='80'/>", theme)
    assert shaded.colour == (128, 128, 128)
    assert _look("<color val='0' themeColor='text1' themeTint='00'/>", theme).colour == WHITE


def test_a_theme_may_be_mapped_the_other_way_round():
    settings = parse_xml(b"<settings><clrSchemeMapping bg1='dark1' tx1='light1'/></settings>", "DOCX")
    theme = read_theme(_THEME, settings)
    assert theme.colours["background1"] == (0, 0, 0)
    assert theme.colours["text1"] == WHITE


_STYLES = b"""<styles><docDefaults><rPrDefault><rPr><sz val='22'/></rPr></rPrDefault></docDefaults>
  <style type='paragraph' default='1' styleId='N'><rPr><sz val='24'/></rPr></style>
  <style type='character' styleId='A'><rPr><vanish/></rPr></style>
  <style type='character' styleId='B'><basedOn val='A'/><rPr><sz val='18'/></rPr></style>
  <style type='character' styleId='C'><basedOn val='C'/></style>
  <style type='table' styleId='T'><tcPr><shd val='clear' fill='EEEEEE'/></tcPr>
    <tblStylePr type='firstRow'><rPr><color val='FFFFFF'/></rPr>
      <tcPr><shd val='clear' fill='202040'/></tcPr></tblStylePr>
    <tblStylePr type='band2Horz'><tcPr><shd val='clear' fill='CCCCCC'/></tcPr></tblStylePr>
  </style></styles>"""


def test_styles_inherit():
    styles = Styles(parse_xml(_STYLES, "DOCX"), _PLAIN)
    assert styles.defaults.look.size == 11
    assert styles.of_paragraph(None).look.size == 12
    assert styles.of_paragraph("missing").look == Look()
    assert styles.of_run("B").look == Look(hidden=True, size=9.0)
    assert styles.of_run("C").look == Look()  # based on itself


@pytest.mark.parametrize(
    ("shown", "row", "behind"),
    [
        ("0020", 0, (32, 32, 64)),
        ("0020", 1, (238, 238, 238)),
        ("0020", 2, (204, 204, 204)),
        ("0200", 0, (238,) * 3),
    ],
)
def test_a_table_style_paints_some_cells(shown: str, row: int, behind: tuple[int, int, int]):
    styles = Styles(parse_xml(_STYLES, "DOCX"), _PLAIN)
    assert styles.of_cell("T", shown, Cell(row, 0, 4, 2)).behind == behind


@pytest.mark.parametrize(
    ("shape", "kind"),
    [
        ("<anchor><docPr hidden='1'/></anchor>", "hidden_shape"),
        ("<anchor><extent cx='10' cy='900000'/></anchor>", "hidden_shape"),
        ("<anchor><extent cx='900000' cy='900000'/></anchor>", None),
        (
            f"{_SQUARE}<positionH relativeFrom='page'><posOffset>-900001</posOffset></positionH></anchor>",
            "off_page",
        ),
        (
            f"{_SQUARE}<positionV relativeFrom='line'><posOffset>-999999</posOffset></positionV></anchor>",
            None,
        ),
        ("<shape style='width:100pt; height:20pt'/>", None),
        ("<shape style='width:100pt;visibility:hidden'/>", "hidden_shape"),
        ("<shape style='width:0;height:0'/>", "hidden_shape"),
        ("<shape style='margin-left:20in;width:100pt'/>", "off_page"),
    ],
)
def test_a_shape_is_seen_or_not(shape: str, kind: str | None):
    assert judge_shape(parse_xml(shape.encode(), "DOCX"), Sheet()) == kind
