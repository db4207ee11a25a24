"""Renders the chart without Helm: the few words of its template language that the chart keeps to.

Known are `.Values.X`, `.Release.Name`, `if`, `if not`, `end`, `toJson`, `quote`, `sha256sum` and `{{-`; any
other word is an error, so that the chart cannot grow beyond what is tested.
"""

import copy
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import yaml

CHART = Path(__file__).parents[3] / "deploy/helm/fen"
_ACTION = re.compile(r"\{\{(-?)\s*(.*?)\s*\}\}")


def read_values() -> dict[str, Any]:
    return yaml.safe_load((CHART / "values.yaml").read_text())


def render_chart(changes: dict[str, Any] | None = None, release: str = "test") -> dict[str, dict[str, Any]]:
    """The chart's objects by kind; changes: values by their path, such as `autoscaling.enabled`."""
    values = copy.deepcopy(read_values())
    for path, value in (changes or {}).items():
        *steps, last = path.split(".")
        inside = values
        for step in steps:
            inside = inside[step]
        inside[last] = value
    scope = {"Values": values, "Release": {"Name": release}}
    texts = [render(path.read_text(), scope) for path in sorted((CHART / "templates").glob("*.yaml"))]
    objects = [found for text in texts for found in yaml.safe_load_all(text) if found]
    return {found["kind"]: found for found in objects}


def render(template: str, scope: dict[str, Any]) -> str:
    shown: list[bool] = []
    out: list[str] = []
    at = 0
    for match in _ACTION.finditer(template):
        text = template[at : match.start()]
        at = match.end()
        if all(shown):
            out.append(text.rstrip() if match[1] else text)
        words = match[2]
        if words == "end":
            shown.pop()
        elif words.startswith("if not "):
            shown.append(not _find(words.removeprefix("if not "), scope))
        elif words.startswith("if "):
            shown.append(bool(_find(words.removeprefix("if "), scope)))
        elif all(shown):
            out.append(_evaluate(words, scope))
    if shown:
        raise ValueError("found an `if` without an `end`")
    return "".join([*out, template[at:]])


def _evaluate(words: str, scope: dict[str, Any]) -> str:
    first, *functions = (part.strip() for part in words.split("|"))
    if first.startswith("toJson "):
        value: Any = json.dumps(_find(first.removeprefix("toJson "), scope))
    else:
        value = _find(first, scope)
    for function in functions:
        if function == "quote":
            value = json.dumps(str(value))
        elif function == "sha256sum":
            value = hashlib.sha256(str(value).encode()).hexdigest()
        else:
            raise ValueError(f"found {function!r}, expected quote or sha256sum")
    return str(value)


def _find(path: str, scope: dict[str, Any]) -> Any:
    if not re.fullmatch(r"(\.[A-Za-z]+)+", path):
        raise ValueError(f"found {path!r}, expected .Values.X or .Release.Name")
    value: Any = scope
    for step in path.split(".")[1:]:
        value = value[step]  # a KeyError is a value that values.yaml does not have
    return value
