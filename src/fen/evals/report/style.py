"""The page's look: one stylesheet, light and dark, wide and narrow, on screen and on paper."""

from __future__ import annotations

LIGHT = {
    "paper": "#ffffff",
    "ink": "#1b1f24",
    "soft": "#57606a",
    "rule": "#d8dee4",
    "faint": "#f6f8fa",
    "s0": "#0061a8",
    "s1": "#c2500a",
    "s2": "#00785a",
    "s3": "#a8448a",
    "s4": "#2e8bc0",
    "s5": "#9a6a00",
    "s6": "#5b4bb5",
    "s7": "#4d5560",
    "k0": "#0061a8",
    "k1": "#c9d1d9",
    "k2": "#e69f00",
    "k3": "#c678ad",
    "k4": "#8fc7e8",
    "k5": "#4d5560",
}
"""Series are Okabe and Ito's hues (2008), told apart by the colour-blind, darkened to 4.5:1 on paper where
needed; the kinds of an outcome differ in lightness too. https://jfly.uni-koeln.de/color/"""

DARK = {
    "paper": "#0f1419",
    "ink": "#e6edf3",
    "soft": "#9ba7b4",
    "rule": "#30363d",
    "faint": "#171d24",
    "s0": "#5cb3f0",
    "s1": "#f08a4b",
    "s2": "#3fc79a",
    "s3": "#e39bcb",
    "s4": "#9fd8f5",
    "s5": "#e6b84c",
    "s6": "#a89bf0",
    "s7": "#aab4be",
    "k0": "#5cb3f0",
    "k1": "#4a535d",
    "k2": "#e6a117",
    "k3": "#d98cc0",
    "k4": "#b9dff3",
    "k5": "#8b949e",
}

INSIDE = {"light": ("#fff", "#1b1f24", "#1b1f24", "#1b1f24", "#1b1f24", "#fff")}
INSIDE["dark"] = ("#0f1419", "#e6edf3", "#0f1419", "#0f1419", "#0f1419", "#0f1419")
"""Figures on an outcome's colour, by the outcome."""

_RULES = """
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);
font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","PingFang SC","Noto Sans CJK SC",
"Noto Sans SC","Microsoft YaHei","WenQuanYi Micro Hei",sans-serif}
main{max-width:1200px;margin:0 auto;padding:40px 24px 64px}
header{margin-bottom:40px}
h1{font-size:30px;line-height:1.2;margin:0 0 8px;font-weight:650;letter-spacing:-.01em}
h2{font-size:20px;line-height:1.3;margin:56px 0 4px;font-weight:650}
p{margin:4px 0 12px;max-width:72ch}
.soft,figcaption,.note{color:var(--soft);font-size:14px}
.note{margin:8px 0 0}
figure{margin:20px 0 0}
.scroll{overflow-x:auto;-webkit-overflow-scrolling:touch}
.side{display:grid;grid-template-columns:minmax(0,1.15fr) minmax(0,1fr);gap:32px;align-items:start}
.side>*{min-width:0}
table{border-collapse:collapse;font-size:14px;font-variant-numeric:tabular-nums;margin-top:16px;width:100%}
th,td{padding:7px 14px 7px 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--rule)}
th{font-weight:600;color:var(--soft);white-space:nowrap;border-bottom-color:var(--soft)}
tbody th{color:var(--ink);font-weight:500;border-bottom-color:var(--rule)}
tbody th,thead th:first-child{position:sticky;left:0;background:var(--paper)}
tbody th.text{white-space:normal;min-width:9em}
td.figure,th.figure,td.series,th.series{text-align:right;white-space:nowrap}
th.series{white-space:normal;overflow-wrap:anywhere;min-width:8em}
td:last-child,th:last-child{padding-right:0}
td.id,td.model{white-space:nowrap}
td.text{overflow-wrap:anywhere;min-width:8em}
caption{text-align:left;color:var(--soft);font-size:14px;padding-bottom:4px}
.chip{display:inline-block;width:10px;height:10px;border-radius:50%;margin-right:8px}
svg{display:block;max-width:100%;height:auto}
code{font:.92em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
svg text{font:13px system-ui,-apple-system,"Segoe UI",Roboto,"PingFang SC","Noto Sans CJK SC","Noto Sans SC",
"WenQuanYi Micro Hei",sans-serif;fill:var(--ink);font-variant-numeric:tabular-nums}
svg text{paint-order:stroke;stroke:var(--paper);stroke-width:3px;stroke-linejoin:round}
svg .heading{font-weight:600}
svg .tick{font-size:11px;fill:var(--soft)}
svg .caption{font-size:12px;fill:var(--soft)}
svg .figure{font-size:12px}
svg .inside{font-size:11px;stroke:none}
svg path{fill:none}
svg .grid{stroke:var(--rule);stroke-width:1}
svg .axis{stroke:var(--soft);stroke-width:1}
svg .break{stroke:var(--soft);stroke-width:1;stroke-dasharray:2 4}
svg .whisker{stroke:var(--ink);stroke-width:1.4}
svg .frontier{stroke:var(--soft);stroke-width:1.5;stroke-dasharray:5 4}
svg .line{stroke:var(--c);stroke-width:2}
svg .area{stroke:var(--c);stroke-width:2;fill:var(--c);fill-opacity:.05;stroke-linejoin:round}
svg .again{stroke-dasharray:6 3}
svg .dot{fill:var(--c);stroke:var(--paper);stroke-width:1}
svg .open{fill:var(--paper);stroke:var(--c);stroke-width:2}
svg .bar{fill:var(--c);fill-opacity:.8}
svg .hollow{fill:var(--paper);stroke:var(--c);stroke-width:1.5;stroke-dasharray:3 2}
svg .piece{stroke:var(--paper);stroke-width:1}
@media (max-width:760px){main{padding:24px 16px 48px}.side{grid-template-columns:minmax(0,1fr);gap:8px}
h1{font-size:25px}.scroll table{min-width:0}}
@media print{main{max-width:none;padding:0}h2{break-after:avoid}figure,tr{break-inside:avoid}}
"""


def write_style() -> str:
    """Return the stylesheet."""
    dark = f"@media (prefers-color-scheme:dark){{:root{{{_colours(DARK)}}}{_inside(INSIDE['dark'])}}}"
    series = "".join(f".s{index}{{--c:var(--s{index})}}" for index in range(8))
    kinds = "".join(f"svg .k{index}{{fill:var(--k{index})}}" for index in range(6))
    chips = ".chip{background:var(--c)}"
    light = f":root{{color-scheme:light dark;{_colours(LIGHT)}}}"
    return "".join((light, _RULES, series, kinds, chips, _inside(INSIDE["light"]), dark)).replace("\n", "")


def write_picture(svg: str) -> str:
    """Return a chart as a picture of its own: with its colours, and paper behind it."""
    head, _, rest = svg.partition(">")
    every = _RULES.replace("\n", "").split("}")
    rules = "".join(rule + "}" for rule in every if rule.startswith("svg ") and "@" not in rule)
    series = "".join(f".s{index}{{--c:var(--s{index})}}" for index in range(8))
    dark = f"@media (prefers-color-scheme:dark){{:root{{{_colours(DARK)}}}}}"
    style = f":root{{{_colours(LIGHT)}}}{rules}{series}{dark}"
    paper = '<rect width="100%" height="100%" fill="var(--paper)"/>'
    return f"{head}><style>{style}</style>{paper}{rest}\n"


def _colours(colours: dict[str, str]) -> str:
    return "".join(f"--{name}:{value};" for name, value in colours.items())


def _inside(inks: tuple[str, ...]) -> str:
    return "".join(f"svg .on{index}{{fill:{ink}}}" for index, ink in enumerate(inks))
