"""The catalogue of a configuration."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from fen.app.models import build_catalogue
from fen.app.settings import EmbeddedTable, load_settings
from fen.catalogue import Catalogue
from fen.wire.errors import ConfigError

EMBEDDED = "fen/smollm2-135m"


def build(tmp_path: Path, text: str, **embedded: EmbeddedTable) -> Catalogue:
    path = tmp_path / "fen.toml"
    path.write_text(text)
    settings = load_settings(path, {"FEN_HOME": str(tmp_path)})
    return build_catalogue(settings, {EMBEDDED: EmbeddedTable(), **settings.embedded, **embedded})


def test_a_known_model_keeps_its_upstreams_name(tmp_path: Path) -> None:
    card = build(tmp_path, '[models."volcengine/doubao-seed-1.6"]\ncontext_window = 1000\n').find(
        "volcengine/doubao-seed-1.6"
    )
    assert card is not None
    assert card.context_window is not None
    assert (card.upstream_model, card.context_window.value) == ("doubao-seed-1-6-250615", 1000)


def test_the_model_that_fen_brings_along_is_known(tmp_path: Path) -> None:
    card = build(tmp_path, "").find(EMBEDDED)
    assert card is not None
    assert card.context_window is not None
    assert card.context_window.source != "fen.toml"
    assert card.name == "SmolLM2 135M Instruct"


def test_its_window_follows_the_configuration(tmp_path: Path) -> None:
    card = build(tmp_path, f'[embedded."{EMBEDDED}"]\ncontext_length = 2048\n').find(EMBEDDED)
    assert card is not None
    assert card.context_window is not None
    assert (card.context_window.value, card.context_window.source) == (2048, "fen.toml")


def test_another_file_that_fen_runs_is_its_own_upstream_and_costs_nothing(tmp_path: Path) -> None:
    file = tmp_path / "mine.gguf"
    file.touch()
    text = f'[embedded."fen/mine"]\nmodel = "{file}"\n[models."fen/mine"]\nmax_output_tokens = 7\n'
    catalogue = build(tmp_path, text)
    card = catalogue.find("fen/mine")
    assert card is not None
    assert (card.upstream, card.upstream_model) == ("fen/mine", "fen/mine")
    assert card.max_output_tokens is not None
    assert card.max_output_tokens.value == 7
    rates = catalogue.rates("fen/mine", datetime.now(UTC))
    assert rates is not None
    assert rates.per_million["output"] == Decimal(0)


def test_a_malformed_price_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"price.*output.*found '0,60', expected a decimal number"):
        build(
            tmp_path, '[models."a/b"]\nupstream = "openai"\nprice = { output = "0,60", currency = "USD" }\n'
        )
