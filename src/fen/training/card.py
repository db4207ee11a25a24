"""A model card: what trained weights are, of what, how well they do, and how they are served, in Markdown."""

from __future__ import annotations

from pathlib import Path

from fen.app.manifest import Manifest, Score
from fen.wire.errors import ConfigError


def name_card(weights: Path) -> Path:
    """Return where the card of a file lies."""
    return weights.with_suffix(".md")


def write_card(weights: Path, manifest: Manifest, tables: str = "") -> Path:
    """Write the card of a file beside it, and return its path.

    tables: Markdown that stands below the scores. Raises ConfigError where it cannot be written.
    """
    path = name_card(weights)
    try:
        path.write_text(show_card(weights.name, manifest, tables), encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}, expected a file that can be written") from None
    return path


def show_card(file: str, manifest: Manifest, tables: str = "") -> str:
    """Return the card; file: the name of the weights' file."""
    parts = [
        f"# {manifest.name}",
        _introduce(manifest),
        _list_facts(file, manifest),
        f"## Scores\n\n{_show_scores(manifest.scores)}" if manifest.scores else "",
        tables.strip(),
        f"## Serve\n\n{_show_serving(file, manifest)}",
        f"## Make it again\n\n```console\n$ {manifest.command}\n```" if manifest.command else "",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _introduce(manifest: Manifest) -> str:
    what = "A LoRA adapter of" if manifest.kind == "adapter" else "A model made of"
    license_ = f" License: {manifest.license}." if manifest.license else ""
    return f"{what} {manifest.base.name}, trained on {manifest.trained}.{license_}"


def _list_facts(file: str, manifest: Manifest) -> str:
    rows = [("file", f"`{file}`, {manifest.bytes:,} bytes, SHA-256 `{manifest.sha256}`")]
    rows.append(("base", f"{manifest.base.name}, SHA-256 `{manifest.base.sha256}`"))
    rows += [("data", f"{origin.name}, SHA-256 `{origin.sha256}`") for origin in manifest.data]
    rows += [(name, str(value)) for name, value in manifest.recipe.items()]
    rows += [(name, version) for name, version in manifest.libraries.items()]
    lines = ["| fact | |", "|---|---|", *(f"| {_cell(name)} | {_cell(value)} |" for name, value in rows)]
    return "\n".join(lines)


def _show_scores(scores: tuple[Score, ...]) -> str:
    lines = ["| score | of | value | 95% interval | items |", "|---|---|---:|---|---:|"]
    for score in scores:
        interval = "" if score.low is None or score.high is None else f"{score.low:.1f} to {score.high:.1f}"
        items = "" if score.items is None else f"{score.items:,}"
        cells = (_cell(score.name), _cell(score.arm), f"{score.value:.1f}", interval, items)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, "", "In percent; a difference of two arms in points."])


def _show_serving(file: str, manifest: Manifest) -> str:
    lines = [f'[embedded."fen/{_shorten(manifest.name)}"]']
    lines.append(f'loras = ["{file}"]' if manifest.kind == "adapter" else f'model = "{file}"')
    beside = ""
    if manifest.kind == "adapter":
        beside = f"\n\nIt is for {manifest.base.name}; with other weights, `model` names their file."
    return "In `fen.toml`:\n\n```toml\n" + "\n".join(lines) + f"\n```{beside}"


def _shorten(name: str) -> str:
    return "-".join(name.lower().split())


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
