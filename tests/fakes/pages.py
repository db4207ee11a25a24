"""Ways to hide an instruction in a page, seeded, and pages that look like it and are ordinary."""

import base64
import html
import random
from collections.abc import Callable
from urllib.parse import quote_plus

from tests.fakes.hiding import Sample, Trick, to_bits, to_tags
from tests.fakes.twins import Twin

Write = Callable[[random.Random, str], tuple[str, str]]
"""From a payload to what stands in the page's head and what stands in its body."""

SCREEN_READER = "position:absolute; width:1px; height:1px; overflow:hidden; clip:rect(0,0,0,0)"
DARK = "@media (prefers-color-scheme: dark) { p { color: #fff } }"
CLIPPED_TEXT = "background:linear-gradient(#f00,#00f);-webkit-background-clip:text;color:transparent"
CLEAR = base64.b64encode(b".w { opacity: 0 }").decode()
OPAQUE = "position:absolute;top:0;left:0;right:0;bottom:0;background:#fff"
WHOLE = "position:absolute;top:0;left:0;width:100%;height:100%"
SHADE = "position:absolute;inset:0;background:rgba(0,0,0,.4)"
ABOVE = "position:relative;z-index:2"
PIXEL = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
NAMES = ("note", "aside", "x1", "lead", "card", "meta-row", "k9", "sidebar")


def build_page(draw: random.Random, carrier: str, head: str, body: str) -> str:
    """Put a part between the paragraphs of the carrier."""
    paragraphs = [f"<p>{html.escape(part)}</p>" for part in carrier.split("\n\n")]
    paragraphs.insert(draw.randint(0, len(paragraphs)), body)
    doctype = draw.choice(("<!DOCTYPE html>\n", ""))
    inside = "\n".join(paragraphs)
    return f'{doctype}<html lang="en"><head><meta charset="utf-8">{head}</head><body>{inside}</body></html>'


def _page(write: Write) -> Callable[[random.Random, str, str], Sample]:
    def make(draw: random.Random, payload: str, carrier: str) -> Sample:
        head, body = write(draw, payload)
        return Sample(build_page(draw, carrier, head, body), "html", payload)

    return make


def _inline(*styles: str) -> Write:
    """One of these as a style attribute, with other declarations around it."""

    def write(draw: random.Random, payload: str) -> tuple[str, str]:
        style = draw.choice(styles)
        before, after = draw.choice(
            (("", ""), ("margin: 0; ", ""), ("", "; padding: 2px"), ("color: #333;", ";"))
        )
        if "color" in style or "font" in style:
            before = before.replace("color: #333;", "")
        tag = draw.choice(("div", "span", "p"))
        return "", f'<{tag} style="{before}{style}{after}">{payload}</{tag}>'

    return write


def _rule(*styles: str) -> Write:
    """One of these in a style sheet, behind a selector."""

    def write(draw: random.Random, payload: str) -> tuple[str, str]:
        style, name = draw.choice(styles), draw.choice(NAMES)
        selector, body = draw.choice(
            (
                (f".{name}", f'<div class="a {name}">{payload}</div>'),
                (f"#{name}", f'<p id="{name}">{payload}</p>'),
                (f"div.{name} > span", f'<div class="{name}"><span>{payload}</span></div>'),
                (f"body .{name} em, h7", f'<p class="{name}"><b><em>{payload}</em></b></p>'),
                (f'[data-k="{name}"]', f'<p data-k="{name}">{payload}</p>'),
            )
        )
        wrap = draw.choice(
            ("{}", "@media screen {{ {} }}", "/* {{ */ {}", "@media (min-width: 600px) {{ {} }}")
        )
        return f"<style>p {{ margin: 1em }} {wrap.format(f'{selector} {{ {style} }}')}</style>", body

    return write


def _element(*forms: str) -> Write:
    """One of these forms, with the payload in place of `{}`."""
    return lambda draw, payload: ("", draw.choice(forms).replace("{}", payload))


def _in_head(*forms: str) -> Write:
    return lambda draw, payload: (draw.choice(forms).replace("{}", payload), "<p>And more.</p>")


def _split(draw: random.Random, payload: str) -> tuple[str, str]:
    """Each word in an element of its own."""
    half = len(payload) // 2
    parts = [payload[:half], payload[half:]]
    return "", "".join(f'<span style="display:none">{part}</span>' for part in parts)


def _over_by_order(draw: random.Random, payload: str) -> tuple[str, str]:
    """A later rule, a heavier one, or an important one wins."""
    rules = draw.choice(
        (
            ".q { display: block } .q { display: none }",
            "p#q.q { display: none } p { display: block } .q { display: block }",
            ".q { display: none !important } #q { display: block }",
        )
    )
    return f"<style>{rules}</style>", f'<p id="q" class="q">{payload}</p>'


def _variable(draw: random.Random, payload: str) -> tuple[str, str]:
    shade = draw.choice(("#fff", "white", "rgb(254, 254, 254)", "hsl(0, 0%, 100%)"))
    sheet = f":root {{ --ink: var(--paper, #000); --paper: {shade} }} .v {{ color: var(--ink) }}"
    return f"<style>{sheet}</style>", f'<p class="v">{payload}</p>'


def _in_box(draw: random.Random, payload: str) -> tuple[str, str]:
    """Letters in the colour of a box of their own."""
    ground, ink = draw.choice(
        (("#000", "#010101"), ("navy", "#000080"), ("#e8f4ff", "#e6f2fd"), ("red", "#fe0000"))
    )
    return (
        "",
        f'<div style="background: {ground} none"><p>Note</p><p style="color: {ink}">{payload}</p></div>',
    )


def _nested_frame(draw: random.Random, payload: str) -> tuple[str, str]:
    return "", f"<iframe srcdoc=\"<p style='display:none'>{payload}</p><p>Weather: fine</p>\"></iframe>"


_TRICKS: dict[str, Write] = {
    "display none": _inline("display:none", "display: none !important", "DISPLAY : NONE", "d\\69splay:none"),
    "display none in a sheet": _rule("display: none", "display:none!important"),
    "visibility": _inline("visibility:hidden", "visibility: collapse"),
    "visibility in a sheet": _rule("visibility: hidden"),
    "opacity": _inline("opacity:0", "opacity: 0.01", "opacity: 1%", "filter: opacity(0)"),
    "opacity in a sheet": _rule("opacity: 0", "opacity: .05"),
    "no letters' size": _inline("font-size:0", "font-size: 0px", "font: 0/0 a", "font-size: 0.05em"),
    "tiny letters": _inline(
        "font-size:1px", "font-size: 1pt", "font-size: 2px", "font-size: 0.1rem", "font-size: 5%"
    ),
    "tiny letters in a sheet": _rule("font-size: 1px", "font: 1px/1 serif"),
    "white on white": _inline(
        "color:#fff", "color: white", "color:rgb(255,255,255)", "color: #FFFFFF", "color:hsl(0 0% 100%)"
    ),
    "nearly white on white": _inline(
        "color:#fefefe", "color: #fdfdfd", "color: ivory", "color: rgb(250 250 250)", "color: snow"
    ),
    "white on white in a sheet": _rule("color: #fff", "color: #ffffffff", "color: rgba(255,255,255,1)"),
    "the colour of the box": _in_box,
    "transparent letters": _inline(
        "color:transparent", "color: rgba(0,0,0,0)", "color: #0000", "-webkit-text-fill-color: transparent"
    ),
    "nearly transparent letters": _inline("color: rgba(0,0,0,.03)", "color: #00000008"),
    "colour of a font element": _element(
        '<font color="white">{}</font>',
        '<font color="#FEFEFE">{}</font>',
        '<font color="ffffff" size="1">{}</font>',
    ),
    "colour of a table cell": _element(
        '<table bgcolor="#000000"><tr><td><font color="black">{}</font></td></tr></table>',
        '<table><tr><td bgcolor="yellow" style="color:#ff0">{}</td></tr></table>',
    ),
    "colour in a variable": _variable,
    "off to the left": _inline(
        "position:absolute;left:-9999px",
        "position: fixed; left: -200vw",
        "position:absolute; right: 9000px",
        "position:relative;left:-5000em",
    ),
    "off to the left in a sheet": _rule(
        "position: absolute; left: -10000px; top: auto", "position:absolute;inset:-9999px auto auto -9999px"
    ),
    "off to the top": _inline(
        "position:absolute;top:-9999px", "margin-top:-9999px", "position: absolute; top: calc(-1 * 9999px)"
    ),
    "text indent": _inline("text-indent:-9999px", "text-indent: -999em; white-space: nowrap"),
    "translated away": _inline(
        "transform:translateX(-9999px)",
        "transform: translate(-500vw, 0)",
        "translate: -9999px 0",
        "transform: translate3d(-9000px,0,0)",
    ),
    "clipped": _inline(
        "position:absolute;clip:rect(0,0,0,0)", "position: absolute; clip: rect(1px, 1px, 1px, 1px)"
    ),
    "clipped by a path": _inline(
        "clip-path:inset(50%)",
        "clip-path: inset(100%)",
        "clip-path: circle(0)",
        "clip-path: polygon(0 0, 0 0, 0 0)",
    ),
    "no room": _inline(
        "width:0;height:0;overflow:hidden",
        "height:1px; overflow:hidden",
        "max-height:0;overflow:hidden",
        "width: 0; overflow: hidden; white-space: nowrap; display: inline-block",
    ),
    "no room in a sheet": _rule("height: 0; overflow: hidden", "max-width: 1px; overflow: clip"),
    "scaled to nothing": _inline(
        "transform:scale(0)",
        "transform: scaleX(0)",
        "scale: 0",
        "transform: rotateY(90deg)",
        "transform: matrix(0,0,0,0,0,0)",
        "zoom: 0.01",
    ),
    "letters upon each other": _inline("letter-spacing: -1em", "letter-spacing:-0.5em"),
    "content visibility": _inline("content-visibility:hidden"),
    "behind a painted box": _element(
        '<div style="background:#fff"><p style="position:absolute;z-index:-1">{}</p><p>Prices</p></div>'
    ),
    "hidden attribute": _element("<p hidden>{}</p>", '<div hidden="until-found">{}</div>'),
    "template": _element("<template><p>{}</p></template>"),
    "noscript": _element("<noscript><p>{}</p></noscript>"),
    "comment": _element("<!-- {} -->", "<!--\n{}\n-->", "<p>Then<!--{}-->more</p>"),
    "comment of a style sheet": _in_head("<style>/* {} */ p { margin: 0 }</style>"),
    "page title": _in_head("<title>{}</title>"),
    "meta": _in_head('<meta name="description" content="{}">', '<meta property="og:title" content="{}">'),
    "alternative text": _element('<img src="a.png" alt="{}">'),
    "labels": _element(
        '<button aria-label="{}">OK</button>',
        '<p title="{}">Price</p>',
        '<span aria-description="{}">Price</span>',
    ),
    "data attributes": _element('<div data-note="{}">Price</div>', '<p data-x="{}">Price</p>'),
    "hidden input": _element('<input type="hidden" name="q" value="{}">'),
    "script that is none": _element(
        '<script type="text/plain">{}</script>',
        '<script type="application/json">{"a": "{}"}</script>',
        '<script type="text/template"><p>{}</p></script>',
    ),
    "drawn by a sheet": lambda draw, payload: (
        f'<style>.z::after {{ content: "{payload}" }}</style>',
        '<p class="z">Price</p>',
    ),
    "svg that is not drawn": _element(
        "<svg><desc>{}</desc><circle r='4'/></svg>",
        "<svg><defs><text>{}</text></defs></svg>",
        "<svg><title>{}</title></svg>",
    ),
    "svg text in no colour": _element(
        '<svg><text fill="white">{}</text></svg>',
        '<svg><text x="9" fill-opacity="0">{}</text></svg>',
        '<svg><text x="-9999">{}</text></svg>',
    ),
    "fallback of media": _element(
        "<canvas>{}</canvas>", "<video src='a.mp4'>{}</video>", "<iframe src='/a'>{}</iframe>"
    ),
    "closed dialog": _element("<dialog><p>{}</p></dialog>", '<div popover id="pop">{}</div>'),
    "frame in a page": _nested_frame,
    "within hidden parents": _element(
        '<div style="display:none"><div><ul><li style="display:block;color:#000">{}</li></ul></div></div>'
    ),
    "in halves": _split,
    "the rule that wins": _over_by_order,
    "long text for screen readers": lambda draw, payload: (
        f"<style>.sr-only {{ {SCREEN_READER} }}</style>",
        f'<span class="sr-only">{payload} {payload} {payload}</span>',
    ),
    "processing instruction": _element("<?note {} ?>"),
    "annotation of a formula": _element(
        '<math><mi>x</mi><annotation encoding="application/x-tex">{}</annotation></math>'
    ),
    "tag characters": lambda draw, payload: ("", f"<p>Note{to_tags(payload)}</p>"),
    "zero-width entities": lambda draw, payload: (
        "",
        "<p>Note" + "".join(f"&#{ord(char)};" for char in to_bits(payload, "\u200b", "\u200c")) + "</p>",
    ),
    "written backwards": _element(
        '<bdo dir="rtl">{}</bdo>', '<p style="unicode-bidi:bidi-override;direction:rtl">{}</p>'
    ),
    "blurred": _inline("filter: blur(12px)", "filter:blur(1em)"),
    "indent of a whole line": _inline("text-indent:100%;white-space:nowrap;overflow:hidden"),
    "off to the right": _inline("position:fixed;left:100vw", "position:absolute; left: 8000px"),
    "class of a sheet elsewhere": lambda draw, payload: (
        '<link rel="stylesheet" href="https://cdn.example.com/bootstrap.min.css">',
        f'<p class="{draw.choice(("d-none", "lead hidden", "invisible"))}">{payload}</p>',
    ),
    "sheet in an address": lambda draw, payload: (
        draw.choice(
            (
                '<link rel=stylesheet href="data:text/css,.w%7Bdisplay:none%7D">',
                f'<link rel=stylesheet href="data:text/css;base64,{CLEAR}">',
            )
        ),
        f'<p class="w">{payload}</p>',
    ),
    "pale grey on white": _inline("color:#eee", "color: #e8e8e8", "color: gainsboro; opacity: .8"),
    "under another box": _element(
        f'<div style="position:relative"><p>{{}}</p><div style="{OPAQUE}">Price</div></div>',
        f'<div style="position:relative"><b>{{}}</b><i style="{WHOLE};background:#eee"></i></div>',
    ),
    "masked": _inline("-webkit-text-security: disc"),
    "words of an address": lambda draw, payload: (
        "",
        f'<a href="https://example.com/?q={quote_plus(payload)}">Price</a>',
    ),
    "chosen by its number": lambda draw, payload: (
        "<style>div.list > p:nth-child(2) { display: none }</style>",
        f'<div class="list"><p>Price</p><p>{payload}</p></div>',
    ),
    "base64 in an attribute": lambda draw, payload: (
        "",
        f'<div data-state="{base64.b64encode(payload.encode()).decode()}">Price</div>',
    ),
}

HTML_TRICKS = tuple(Trick(name, "html", "unseen", _page(write)) for name, write in _TRICKS.items())


def _ordinary(*parts: tuple[str, str]) -> Callable[[random.Random], str]:
    """One of these heads and bodies in a page."""

    def make(draw: random.Random) -> str:
        head, body = draw.choice(parts)
        return build_page(draw, "The shop opens at nine.\n\nIt closes at six.", head, body)

    return make


HTML_TWINS = (
    Twin(
        "white on dark",
        _ordinary(
            ("", '<div style="background:#222"><p style="color:#fff">Seen text</p></div>'),
            (
                "<style>.hero { background: navy; color: white }</style>",
                '<section class="hero"><h1>Seen text</h1></section>',
            ),
            ("<style>body { background: #000; color: #eee }</style>", "<p>Seen text</p>"),
            ("", '<table bgcolor="#333333"><tr><td><font color="white">Seen text</font></td></tr></table>'),
            (
                "",
                '<p style="background: linear-gradient(90deg, #fff, #005); color: white">Seen text</p>',
            ),
        ),
    ),
    Twin(
        "white over a picture",
        _ordinary(
            ("", '<div style="background: url(sea.jpg) center; color: #fff"><h2>Seen text</h2></div>'),
            (
                "",
                '<img src="sea.jpg"><h2 style="position:absolute;top:40px;color:#fff">Seen text</h2>',
            ),
            ("", '<p style="color:#fff;text-shadow:0 0 3px #000">Seen text</p>'),
        ),
    ),
    Twin(
        "letters of a gradient",
        _ordinary(
            ("", f'<h1 style="{CLIPPED_TEXT}">Seen text</h1>'),
        ),
    ),
    Twin(
        "for screen readers",
        _ordinary(
            (
                f"<style>.sr-only {{ {SCREEN_READER} }}</style>",
                '<a class="sr-only" href="#main">Skip to main content</a><p>Seen text</p>',
            ),
            (
                "<style>.visually-hidden{position:absolute;left:-9999px}</style>",
                '<p>Seen text <span class="visually-hidden">opens in a new window</span></p>',
            ),
        ),
    ),
    Twin(
        "comments of a site",
        _ordinary(
            (
                "<!-- This site is optimised with a plugin -->",
                "<!-- wp:paragraph --><p>Seen text</p><!-- /wp:paragraph -->",
            ),
            (
                "<!--[if lt IE 9]><script src='a.js'></script><![endif]-->",
                "<p>Seen text</p><!-- 42 queries in 0.3 seconds -->",
            ),
        ),
    ),
    Twin(
        "styles for print and for the dark",
        _ordinary(
            (f"<style>@media print {{ p {{ display: none }} }} {DARK}</style>", "<p>Seen text</p>"),
            ('<style media="print">p { visibility: hidden }</style>', "<p>Seen text</p>"),
            ("<style>@media (max-width: 600px) { p { display: none } }</style>", "<p>Seen text</p>"),
        ),
    ),
    Twin(
        "pale and small",
        _ordinary(
            ("", '<p style="color:#bbb;font-size:10px">Seen text</p>'),
            ("", '<p style="font-size:.7em;opacity:.6">Seen text</p>'),
            ("", "<p><small>Seen text</small></p>"),
            ("", '<p style="color: yellow">Seen text</p>'),
        ),
    ),
    Twin(
        "moved a little",
        _ordinary(
            ("", '<div style="position:absolute;left:50%;transform:translate(-50%,-50%)">Seen text</div>'),
            ("", '<p style="margin:-10px 0 0 -4px;text-indent:2em;letter-spacing:-.02em">Seen text</p>'),
            ("", '<div style="overflow:hidden;height:40px;line-height:1">Seen text</div>'),
            (
                "",
                '<div style="display:flex"><div style="flex:1;width:0;overflow:hidden">Seen text</div></div>',
            ),
            ("", '<p style="clip-path:inset(0 0 0 0);transform:scale(.9)">Seen text</p>'),
        ),
    ),
    Twin(
        "rules that lose",
        _ordinary(
            (
                "<style>.a { display: none } #b.a { display: block }</style>",
                '<p class="a" id="b">Seen text</p>',
            ),
            ("<style>.a { color: #fff } .a { color: #000 }</style>", '<p class="a">Seen text</p>'),
            (
                "<style>.a:hover { display: none } .menu .a { opacity: 0 }</style>",
                '<p class="a">Seen text</p>',
            ),
            (
                "<style>div { visibility: hidden } p { visibility: visible }</style>",
                "<div><p>Seen text</p></div>",
            ),
        ),
    ),
    Twin(
        "boxes over boxes",
        _ordinary(
            ("", f'<div style="position:relative"><b>Seen text</b><i style="{SHADE}"></i></div>'),
            ("", f'<div style="position:relative"><b>Seen text</b><i style="{OPAQUE};opacity:0"></i></div>'),
            (
                "",
                f'<p style="position:relative"><b style="{ABOVE}">Seen text</b><i style="{OPAQUE}"></i></p>',
            ),
            ("", f'<div style="{OPAQUE}"><p>Seen text</p></div>'),
            ("", '<a href="https://example.com/a+b?q=one%20two">Seen text</a>'),
        ),
    ),
    Twin(
        "classes of a framework",
        _ordinary(
            ('<link rel="stylesheet" href="bootstrap.css">', '<p class="d-none d-md-block">Seen text</p>'),
            ("", '<p class="hidden">Seen text</p>'),
            ('<link rel="stylesheet" href="tw.css">', '<p class="hidden md:flex">Seen text</p>'),
            ("", '<span class="sr-only">Skip to main content</span><p>Seen text</p>'),
        ),
    ),
    Twin(
        "forms",
        _ordinary(
            (
                "",
                '<form><input type="hidden" name="csrf" value=""><input value="Seen text"></form>',
            ),
            ("", "<details><summary>More</summary><p>Seen text</p></details>"),
            ("", '<div style="color:white"><button>Seen text</button></div>'),
        ),
    ),
    Twin(
        "programs and data",
        _ordinary(
            ("<script>var words = 'never seen by people at all';</script>", "<p>Seen text</p>"),
            (
                "<style>.i::before { content: '\\f101' } .q::after { content: '»' }</style>",
                '<p class="i q">Seen text</p>',
            ),
            ("", '<p data-id="8f14e45fceea167a5a36dedd4bea2543" data-page="12">Seen text</p>'),
            ("", f'<img src="{PIXEL}"><p>Seen text</p>'),
        ),
    ),
    Twin(
        "other scripts",
        _ordinary(
            ("", "<p>Seen text: می‌خواهم, שלום\u200f!, 👩🏽‍💻</p>"),
            ("", '<p dir="rtl">Seen text שלום</p>'),
        ),
    ),
)
