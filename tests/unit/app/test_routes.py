"""Routes of the settings and those that ship: their pools, and what is complained of."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from fen.app.models import build_catalogue
from fen.app.offers import read_offers
from fen.app.routes import AUTO, MINI, RoutePlan, read_routes
from fen.app.settings import EMBEDDED, load_settings
from fen.routing import Absolute, Cascade, PerCorrect, PerThousand, Relative
from fen.wire.errors import ConfigError
from fen.wire.money import Money

MODELS = """
[upstreams.fake]
base_url = "http://127.0.0.1:9/v1"

[models."fake/cheap"]
upstream = "fake"
context_window = 200000
max_output_tokens = 4096
price = { input = "1", output = "2", currency = "USD" }

[models."fake/strong"]
upstream = "fake"
context_window = 100000
max_output_tokens = 32000
price = { input = "10", output = "20", currency = "USD" }

[models."fake/unpriced"]
upstream = "fake"

[models."away/model"]
upstream = "fake"
upstream_model = "away"
"""

COMPLAINTS = [
    ("[routes.auto]", 1, "routes.auto: found a name without a vendor, expected one such as fen/auto"),
    (
        '[routes."fen/a"]\npol = []',
        2,
        """routes."fen/a".pol: found an unknown key, expected one of artefact""",
    ),
    ('[routes."fen/a"]\npool = []', 2, """routes."fen/a".pool: found an empty list, expected at least one"""),
    ('[routes."fen/a"]\npool = ["x"]', 2, """pool[0]: found 'x', expected the id of a model: VENDOR/MODEL"""),
    ('[routes."fen/a"]\npool = ["x/y"]', 2, "pool[0]: found 'x/y', expected a model that `fen models --all`"),
    (f'[routes."{EMBEDDED}"]', 1, "found the id of a model, expected another name"),
    ('[routes."openai/gpt-4o"]', 1, "found the id of a model, expected another name"),
    ('[routes."fen/a"]\nexplore = 0.06', 2, "explore: found 0.06, expected a number <= 0.05"),
    (
        '[routes."fen/a"]\nprice_cap = "2"',
        2,
        "price_cap: found '2', expected an amount above 0",
    ),
    ('[routes."fen/a"]\nprice_cap = "0 USD"', 2, "price_cap: found '0 USD', expected an amount above 0"),
    ('[routes."fen/a"]\nprice_cap = "1 EUR"', 2, "price_cap: found '1 EUR', expected an amount above 0"),
    ('[routes."fen/a"]\ntarget = {}', 2, "target: found none of them, expected one of relative_to"),
    (
        '[routes."fen/a"]\ntarget = { probability = 0.8, per_correct = true }',
        2,
        "target: found probability and per_correct, expected one of relative_to",
    ),
    (
        '[routes."fen/a"]\ntarget = { probability = 1.0 }',
        2,
        "target.probability: found 1.0, expected a number < 1",
    ),
    (
        '[routes."fen/a"]\ntarget = { probability = 0.5, most = "1 USD" }',
        2,
        "target: found most beside probability, expected it beside per_correct alone",
    ),
    (
        '[routes."fen/a"]\ntarget = { per_thousand = "much" }',
        2,
        "target.per_thousand: found 'much', expected an amount above 0",
    ),
    (
        '[routes."fen/a".target]\nalpha = 0.1\nwhat = 1',
        3,
        "target.what: found an unknown key, expected one",
    ),
    (
        '[routes."fen/a".cascade]\nchecks = ["shape"]',
        2,
        "checks[0]: found 'shape', expected one of schema",
    ),
    ('[routes."fen/a".cascade]', 1, "cascade: found nothing in it, expected checks, second, longest"),
    ('[routes."fen/a".cascade]\nlogprob = 0.5', 2, "cascade.logprob: found 0.5, expected a number <= 0"),
    (
        '[routes."fen/a"]\ntarget = { relative_to = "openai/gpt-4o" }',
        2,
        "target.relative_to: found 'openai/gpt-4o', expected one of its pool: fen/smollm2-135m",
    ),
    (
        f'[routes."fen/a"]\nexclude = ["{EMBEDDED}"]',
        1,
        "found no model left in its pool, expected at least one",
    ),
    ('[routes."fen/a"]\ncontext = 999999', 1, "found no model left in its pool, expected at least"),
]


@pytest.mark.parametrize(("text", "line", "words"), COMPLAINTS)
def test_complaint_names_file_line_what_was_found_and_what_was_expected(
    tmp_path: Path, text: str, line: int, words: str
) -> None:
    file = tmp_path / "fen.toml"
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        read_offers(load_settings(file, {"FEN_HOME": str(tmp_path)}))
    assert caught.value.message.startswith(f"{file}:{line}: ")
    assert words in caught.value.message


def read(home: Path, text: str = "", **environ: str) -> dict[str, RoutePlan]:
    file = home / "fen.toml"
    file.write_text(text)
    settings = load_settings(file, {"FEN_HOME": str(home), **environ})
    return read_routes(settings, build_catalogue(settings, settings.embedded))


def test_without_any_settings_the_model_that_ships_answers_alone(tmp_path: Path) -> None:
    plans = read(tmp_path)
    assert list(plans) == [AUTO]
    assert plans[AUTO].policy.pool == (EMBEDDED,)
    assert not plans[AUTO].guard
    assert plans[AUTO].artefact == tmp_path / "routes" / "fen" / "auto"


def test_usual_pool_is_every_enabled_model_whose_price_is_known(tmp_path: Path) -> None:
    plans = read(tmp_path, MODELS)
    assert plans[AUTO].policy.pool == ("fake/cheap", "fake/strong")
    assert plans[AUTO].policy.target == Absolute(0.8)
    vendor = read(tmp_path, OPENAI_API_KEY="x")[AUTO].policy.pool
    assert "openai/gpt-4o-mini" in vendor
    assert not [name for name in vendor if "embedding" in name or "image" in name or "3.5" in name]


def test_mini_wants_context_and_output_with_continuation_counted(tmp_path: Path) -> None:
    plan = read(tmp_path, MODELS)[MINI]
    assert plan.policy.pool == ("fake/cheap",)
    assert plan.guard
    own = MODELS.replace("max_output_tokens = 4096", "max_output_tokens = 4096\ncontinuation = false")
    assert MINI not in read(tmp_path, own)


def test_route_is_as_its_table_has_it(tmp_path: Path) -> None:
    table = """
[routes."shop/cheap"]
pool = ["fake/cheap", "fake/strong", "fake/unpriced"]
target = { relative_to = "fake/strong", alpha = 0.1 }
exclude = ["fake/unpriced"]
price_cap = "0.02 USD"
reference = "fake/strong"
explore = 0.05
artefact = "fitted"
guard = true

[routes."shop/cheap".cascade]
checks = ["schema", "refusal"]
second = "fake/cheap"
longest = 8000
"""
    plan = read(tmp_path, MODELS + table)["shop/cheap"]
    policy = plan.policy
    assert policy.pool == ("fake/cheap", "fake/strong")
    assert policy.target == Relative("fake/strong", 0.1, 0.05)
    assert policy.price_cap == Money(Decimal("0.02"), "USD")
    assert policy.cascade == Cascade(("schema", "refusal"), "fake/cheap", 8000)
    assert (policy.reference, policy.explore, plan.guard) == ("fake/strong", 0.05, True)
    assert (plan.artefact, plan.named) == (tmp_path / "fitted", True)


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("probability = 0.9", Absolute(0.9)),
        ("per_correct = true", PerCorrect()),
        ('per_correct = true, most = "0.01 USD"', PerCorrect(Money(Decimal("0.01"), "USD"))),
        ('per_thousand = "1.50 CNY"', PerThousand(Money(Decimal("1.50"), "CNY"))),
    ],
)
def test_each_target_has_its_members(tmp_path: Path, text: str, target: object) -> None:
    plans = read(tmp_path, f'{MODELS}\n[routes."fen/auto"]\ntarget = {{ {text} }}\n')
    assert plans[AUTO].policy.target == target


def test_vendor_is_excluded_with_all_its_models(tmp_path: Path) -> None:
    text = MODELS + f'[routes."fen/auto"]\npool = ["fake/cheap", "{EMBEDDED}"]\nexclude = ["fake"]\n'
    assert read(tmp_path, text)[AUTO].policy.pool == (EMBEDDED,)


def test_list_of_models_has_the_routes(tmp_path: Path) -> None:
    file = tmp_path / "fen.toml"
    file.write_text(MODELS)
    offers = read_offers(load_settings(file, {"FEN_HOME": str(tmp_path)}))
    assert [route.name for route in offers.find_routes(None)] == [AUTO, MINI]
    assert [route.name for route in offers.find_routes("mini")] == [MINI]
