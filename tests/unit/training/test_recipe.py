from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace

from fen.training import recipe as recipes
from fen.training.recipe import Place, Recipe, check_recipe, choose_place, split_batch
from fen.training.trainer import count_steps
from fen.wire.errors import ConfigError

CPU, GPU = Place("cpu", "fp32"), Place("cuda", "bf16")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("rank", 0),
        ("alpha", 0),
        ("max_tokens", 15),
        ("batch", 0),
        ("micro", -1),
        ("micro", 5),
        ("steps", -1),
        ("save_every", 0),
        ("rate", 0.0),
        ("rate", float("nan")),
        ("epochs", -1.0),
        ("beta", 0.0),
        ("dpo_rate", 0.0),
        ("dpo_epochs", 0.0),
        ("warmup", 1.0),
        ("replay_share", 1.0),
        ("replay_share", -0.1),
    ],
)
def test_a_setting_out_of_its_range_is_told_by_name(name: str, value: float) -> None:
    with pytest.raises(ConfigError, match=f"{name}="):
        check_recipe(replace(Recipe(), **{name: value}))


def test_the_recipe_of_the_issue_is_fine() -> None:
    check_recipe(Recipe())


@pytest.mark.parametrize(
    ("recipe", "place", "processes", "expected"),
    [
        (Recipe(batch=16), GPU, 1, (16, 1)),
        (Recipe(batch=16), CPU, 1, (4, 4)),
        (Recipe(batch=16), GPU, 4, (4, 1)),
        (Recipe(batch=16, micro=2), GPU, 4, (2, 2)),
        (Recipe(batch=6, micro=4), CPU, 2, (3, 1)),
        (Recipe(batch=3, micro=3), CPU, 3, (1, 1)),
    ],
)
def test_a_batch_is_split_into_whole_parts(
    recipe: Recipe, place: Place, processes: int, expected: tuple[int, int]
) -> None:
    micro, times = split_batch(recipe, place, processes)
    assert (micro, times) == expected
    assert micro * times * processes == recipe.batch


def test_a_batch_that_does_not_divide_by_the_processes_is_refused() -> None:
    with pytest.raises(ConfigError, match="a multiple of 3 processes"):
        split_batch(Recipe(batch=16), GPU, 3)


@pytest.mark.parametrize(
    ("examples", "epochs", "steps", "expected"),
    [(16, 1.0, 0, 1), (17, 1.0, 0, 2), (17, 1.5, 0, 3), (1, 0.1, 0, 1), (4500, 3.0, 0, 846), (17, 9.0, 5, 5)],
)
def test_steps_are_whole_batches_times_epochs(
    examples: int, epochs: float, steps: int, expected: int
) -> None:
    assert count_steps(Recipe(batch=16, steps=steps), examples, epochs) == expected


def _make_torch(*, gpu: bool = False, **able: bool) -> Any:
    return SimpleNamespace(
        cuda=SimpleNamespace(is_available=lambda: gpu), cpu=SimpleNamespace(get_capabilities=lambda: able)
    )


@pytest.mark.parametrize(
    ("torch", "recipe", "expected"),
    [
        (_make_torch(gpu=True), Recipe(), GPU),
        (_make_torch(), Recipe(), CPU),
        (_make_torch(avx512_bf16=False, amx_bf16=False), Recipe(), CPU),
        (_make_torch(avx512_bf16=True), Recipe(), Place("cpu", "bf16")),
        (_make_torch(amx_bf16=True), Recipe(), Place("cpu", "bf16")),
        (_make_torch(avx512_bf16=True), Recipe(dtype="fp32"), CPU),
        (_make_torch(gpu=True), Recipe(device="cpu"), CPU),
    ],
)
def test_bf16_is_taken_where_the_processor_has_it(
    torch: Any, recipe: Recipe, expected: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recipes, "load_library", lambda _name: torch)
    assert choose_place(recipe) == expected


def test_a_gpu_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipes, "load_library", lambda _name: _make_torch())
    with pytest.raises(ConfigError, match="found no GPU"):
        choose_place(Recipe(device="cuda"))
