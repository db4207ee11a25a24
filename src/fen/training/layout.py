"""How llama.cpp and transformers lay out one and the same model of the llama architecture.

The tensors have other names, and the rows of the query and key projections another order: transformers turns
a head's first half against its second half, llama.cpp turns neighbours. The names are those of the GGUF
specification (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, "Standardized tensor names").
"""

from __future__ import annotations

import re
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from fen.wire.errors import InvalidRequest

Array = TypeVar("Array", bound=NDArray[Any])
Tensor = NDArray[np.float32]

_OUTER = {
    "token_embd.weight": "model.embed_tokens.weight",
    "output_norm.weight": "model.norm.weight",
    "output.weight": "lm_head.weight",
}
_INNER = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
_OUTER_BACK = {ours: theirs for theirs, ours in _OUTER.items()}
_INNER_BACK = {ours: theirs for theirs, ours in _INNER.items()}
_GGUF_LAYER = re.compile(r"blk\.(\d+)\.(\w+)\.weight")
_FOLDER_LAYER = re.compile(r"model\.layers\.(\d+)\.([\w.]+)\.weight")


def name_in_folder(name: str) -> str:
    """Return transformers' name of a tensor of a GGUF file; raises InvalidRequest for an unknown one."""
    if name in _OUTER:
        return _OUTER[name]
    found = _GGUF_LAYER.fullmatch(name)
    if found is None or found[2] not in _INNER:
        raise InvalidRequest(f"found the tensor {name}, expected those of the plain llama architecture")
    return f"model.layers.{found[1]}.{_INNER[found[2]]}.weight"


def name_in_gguf(name: str) -> str:
    """Return the name that a tensor of transformers has in a GGUF file; raises InvalidRequest likewise."""
    if name in _OUTER_BACK:
        return _OUTER_BACK[name]
    found = _FOLDER_LAYER.fullmatch(name)
    if found is None or found[2] not in _INNER_BACK:
        raise InvalidRequest(f"found the weight {name}, expected those of transformers' LlamaForCausalLM")
    return f"blk.{found[1]}.{_INNER_BACK[found[2]]}.weight"


def count_turned(name: str, heads: int, kv_heads: int) -> int:
    """Return how many heads lie in another order in the tensor, by its name in a GGUF file; 0: none do."""
    return {"attn_q": heads, "attn_k": kv_heads}.get(name.split(".")[-2], 0)


def to_neighbours(rows: Array, heads: int) -> Array:
    """Put each head's rows from transformers' order into llama.cpp's.

    rows: of `heads` heads one below the other, each of an even number of rows; of any further shape.
    """
    split = rows.reshape(heads, 2, rows.shape[0] // heads // 2, *rows.shape[1:])
    return split.swapaxes(1, 2).reshape(rows.shape)  # pyright: ignore[reportReturnType]


def to_halves(rows: Array, heads: int) -> Array:
    """Put each head's rows from llama.cpp's order into transformers'; undoes `to_neighbours`."""
    split = rows.reshape(heads, rows.shape[0] // heads // 2, 2, *rows.shape[1:])
    return split.swapaxes(1, 2).reshape(rows.shape)  # pyright: ignore[reportReturnType]
