"""The two layouts of one model, at their edges."""

import math

import numpy as np
import pytest

from fen.training.layout import count_turned, name_in_folder, name_in_gguf, to_halves, to_neighbours
from fen.wire.errors import InvalidRequest


def test_a_head_of_four_rows_is_turned_as_the_formats_say() -> None:
    """transformers pairs row i with row i + half, llama.cpp row 2i with row 2i + 1."""
    rows = np.arange(8)  # two heads: 0 pairs with 2, 1 with 3; 4 with 6, 5 with 7
    assert to_neighbours(rows, 2).tolist() == [0, 2, 1, 3, 4, 6, 5, 7]
    assert to_halves(to_neighbours(rows, 2), 2).tolist() == rows.tolist()


@pytest.mark.parametrize(("heads", "head", "columns"), [(1, 2, 1), (3, 64, 5), (9, 16, 2)])
def test_turning_there_and_back_changes_nothing(heads: int, head: int, columns: int) -> None:
    rows = np.random.default_rng(heads).normal(size=(heads * head, columns)).astype(np.float32)
    turned = to_neighbours(rows, heads)
    assert np.array_equal(to_halves(turned, heads), rows)
    assert turned.shape == rows.shape
    assert np.array_equal(turned, rows) == (head == 2)


def test_turned_rows_score_as_before() -> None:
    """Rotating halves in the one order and neighbours in the other gives the same products of a head."""
    generator = np.random.default_rng(0)
    head, width = 8, 5
    query, key = generator.normal(size=(2, head, width))
    seen = generator.normal(size=width)

    def rotate_halves(values: np.ndarray, position: int) -> np.ndarray:
        half = head // 2
        angles = position * 10000.0 ** (-np.arange(half) * 2 / head)
        low, high = values[:half], values[half:]
        return np.concatenate(
            [low * np.cos(angles) - high * np.sin(angles), high * np.cos(angles) + low * np.sin(angles)]
        )

    def rotate_neighbours(values: np.ndarray, position: int) -> np.ndarray:
        angles = position * 10000.0 ** (-np.arange(head // 2) * 2 / head)
        even, odd = values[::2], values[1::2]
        turned = np.empty_like(values)
        turned[::2] = even * np.cos(angles) - odd * np.sin(angles)
        turned[1::2] = odd * np.cos(angles) + even * np.sin(angles)
        return turned

    halves = rotate_halves(query @ seen, 7) @ rotate_halves(key @ seen, 3)
    neighbours = rotate_neighbours(to_neighbours(query, 1) @ seen, 7) @ rotate_neighbours(
        to_neighbours(key, 1) @ seen, 3
    )
    assert math.isclose(halves, neighbours, rel_tol=1e-12)


def test_names_go_both_ways() -> None:
    names = ["token_embd.weight", "output_norm.weight", "output.weight"]
    inner = [
        "attn_norm",
        "attn_q",
        "attn_k",
        "attn_v",
        "attn_output",
        "ffn_norm",
        "ffn_gate",
        "ffn_up",
        "ffn_down",
    ]
    names += [f"blk.{layer}.{name}.weight" for layer in (0, 11) for name in inner]
    folder = [name_in_folder(name) for name in names]
    assert [name_in_gguf(name) for name in folder] == names
    assert len(set(folder)) == len(names)
    assert folder[4] == "model.layers.0.self_attn.q_proj.weight"


@pytest.mark.parametrize("name", ["rope_freqs.weight", "blk.0.ffn_gate_inp.weight", "blk.0.attn_q.bias", "x"])
def test_a_tensor_of_another_architecture_is_told(name: str) -> None:
    with pytest.raises(InvalidRequest, match=f"found the tensor {name}, expected those of the plain llama"):
        name_in_folder(name)


def test_a_weight_of_another_architecture_is_told() -> None:
    with pytest.raises(InvalidRequest, match=r"found the weight model.*experts\.weight, expected those"):
        name_in_gguf("model.layers.0.mlp.experts.weight")


def test_only_queries_and_keys_are_turned() -> None:
    assert count_turned("blk.3.attn_q.weight", 9, 3) == 9
    assert count_turned("blk.3.attn_k.weight", 9, 3) == 3
    assert [count_turned(name, 9, 3) for name in ("blk.3.attn_v.weight", "output.weight")] == [0, 0]
