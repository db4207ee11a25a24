"""What the GGUF files that are written here have in common: the heads' order, the numbers, the end."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np

from fen.training.door import load_library
from fen.training.layout import Tensor, count_turned, to_neighbours
from fen.wire.errors import ConfigError, InvalidRequest

Kind = Literal["f32", "f16"]
"""How a file keeps its matrices."""

_WIDTHS: dict[Kind, int] = {"f32": 4, "f16": 2}
_SPARE = 32 << 20  # bytes of disk beside the tensors
_FACTORS = (".lora_a", ".lora_b")


class Heads(msgspec.Struct, frozen=True):
    """How many heads ask, and how many keys and values they share."""

    queries: int
    keys: int


class TensorsOut:
    """Tensors on their way into a GGUF file.

    writer: gguf's, for the metadata. heads: those of the model.
    """

    def __init__(self, name: str, content: Literal["model", "adapter"], heads: Heads) -> None:
        self.writer: Any = load_library("gguf").GGUFWriter(None, "llama")
        self.writer.add_type(content)
        self.writer.add_name(name)
        self._heads = heads
        self._bytes = 0

    def add(self, name: str, array: Tensor, kind: Kind) -> None:
        """Add one tensor, by its name in a GGUF file and with its rows in transformers' order.

        Of the two factors of an adapter, the rows of the product are those of the left one, `.lora_b`.
        """
        whole = name
        for factor in _FACTORS:
            whole = whole.removesuffix(factor)
        turned = count_turned(whole, self._heads.queries, self._heads.keys)
        ordered = to_neighbours(array, turned) if turned and not name.endswith(".lora_a") else array
        self.writer.add_tensor(
            name, np.ascontiguousarray(ordered, np.float16 if kind == "f16" else np.float32)
        )
        self._bytes += array.size * _WIDTHS[kind]

    def write(self, out: Path) -> None:
        """Write the file, under its name only once it is whole; raises ConfigError for too little disk."""
        part = out.with_name(out.name + ".part")
        needed = self._bytes + _SPARE
        try:
            out.parent.mkdir(parents=True, exist_ok=True)
            free = shutil.disk_usage(out.parent).free
            if free < needed:
                raise ConfigError(f"{out}: found {free} bytes free on its disk, expected {needed}")
            self.writer.write_header_to_file(part)
            self.writer.write_kv_data_to_file()
            self.writer.write_tensors_to_file()
            self.writer.close()
            part.replace(out)
        except OSError as error:
            raise ConfigError(f"{out}: {error}, expected a file that can be written") from None
        finally:
            part.unlink(missing_ok=True)


def read_config(folder: Path) -> dict[str, Any]:
    """Return what a Hugging Face folder says of its model.

    Raises InvalidRequest where it is not the plain llama architecture.
    """
    config = read_json(folder / "config.json")
    rope: dict[str, Any] = config.get("rope_parameters") or config.get("rope_scaling") or {}
    found: dict[str, Any] = {
        "model_type": config.get("model_type"),
        "rope_type": rope.get("rope_type", "default"),
        "hidden_act": config.get("hidden_act", "silu"),
        "attention_bias": config.get("attention_bias", False),
        "mlp_bias": config.get("mlp_bias", False),
    }
    expected = {
        "model_type": "llama",
        "rope_type": "default",
        "hidden_act": "silu",
        "attention_bias": False,
        "mlp_bias": False,
    }
    for name, value in found.items():
        if value != expected[name]:
            raise InvalidRequest(f"{folder}: found {name} = {value!r}, expected {expected[name]!r}")
    return config


def count_heads(config: dict[str, Any]) -> Heads:
    """Return the heads of a model, of what `read_config` has returned."""
    queries = int(config["num_attention_heads"])
    return Heads(queries, int(config.get("num_key_value_heads") or queries))


def read_json(path: Path) -> dict[str, Any]:
    """Return the JSON object in a file; raises InvalidRequest where there is none."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise InvalidRequest(f"{path}: {error.strerror}, expected a file of JSON") from None
    except ValueError as error:
        raise InvalidRequest(f"{path}: found no JSON ({error}), expected an object") from None
    if not isinstance(found, dict):
        raise InvalidRequest(f"{path}: found no JSON object, expected one")
    return found  # pyright: ignore[reportUnknownVariableType]
