"""A LoRA adapter of PEFT's written as the GGUF adapter that llama.cpp adds to a model of its own.

The file is that of llama.cpp's loader (`src/llama-adapter.cpp`): `general.type` is adapter, `adapter.type`
lora, `adapter.lora.alpha` the scale before the rank divides it, and each weight has its two factors,
`NAME.lora_a` of rank x inputs and `NAME.lora_b` of outputs x rank.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fen.training.door import load_library
from fen.training.gguf_writing import Kind, TensorsOut, count_heads, read_config, read_json
from fen.training.layout import name_in_gguf
from fen.wire.errors import InvalidRequest

_CONFIG = "adapter_config.json"
_WEIGHTS = "adapter_model.safetensors"
_PREFIX = "base_model.model."
_FACTORS = {".lora_A": ".lora_a", ".lora_B": ".lora_b"}
_NO_PLACE = (
    "use_dora",
    "modules_to_save",
    "trainable_token_indices",
    "rank_pattern",
    "alpha_pattern",
    "fan_in_fan_out",
    "lora_bias",
)
"""Members of PEFT's configuration for which an adapter of llama.cpp has no place where they are set."""


def export_adapter(adapter: Path, out: Path, name: str, kind: Kind = "f16", base: Path | None = None) -> None:
    """Write a PEFT LoRA folder's GGUF adapter.

    name: what the file calls itself. base: the Hugging Face folder that it was trained on; None takes the
    one that the adapter names. Raises InvalidRequest for what llama.cpp has no place for, ConfigError without
    the extra or the disk.
    """
    told = read_json(adapter / _CONFIG)
    alpha = _read_alpha(adapter, told)
    config = read_config(find_base(adapter, base))
    weights = _load(adapter)
    tensors = TensorsOut(name, "adapter", count_heads(config))
    tensors.writer.add_string("adapter.type", "lora")
    tensors.writer.add_float32("adapter.lora.alpha", alpha)
    for label in sorted(weights):
        tensors.add(_rename(adapter, label), weights[label].float().numpy(), kind)
    tensors.write(out)


def find_base(adapter: Path, base: Path | None) -> Path:
    """Return the Hugging Face folder that an adapter was trained on: the one given, or the one that it names.

    Raises InvalidRequest where that is not there.
    """
    found = base or Path(str(read_json(adapter / _CONFIG).get("base_model_name_or_path")))
    if not (found / "config.json").is_file():
        raise InvalidRequest(f"{adapter}: found no Hugging Face folder {found}, expected its base model's")
    return found


def _read_alpha(adapter: Path, told: dict[str, Any]) -> float:
    """Return what llama.cpp divides by the rank; PEFT's rank-stabilised form divides by its root."""
    if told.get("peft_type") != "LORA":
        raise InvalidRequest(f"{adapter}: found peft_type {told.get('peft_type')!r}, expected 'LORA'")
    found = [name for name in _NO_PLACE if told.get(name)]
    if found:
        raise InvalidRequest(
            f"{adapter}: found {', '.join(found)}, expected plain LoRA; such an adapter can be merged"
        )
    return float(told["lora_alpha"]) * (float(told["r"]) ** 0.5 if told.get("use_rslora") else 1.0)


def _load(adapter: Path) -> dict[str, Any]:
    library, path = load_library("safetensors"), adapter / _WEIGHTS
    try:
        return load_library("safetensors.torch").load_file(path)
    except OSError as error:
        raise InvalidRequest(f"{path}: {error}, expected an adapter's weights") from None
    except library.SafetensorError as error:
        raise InvalidRequest(f"{path}: {error}, expected whole safetensors") from None


def _rename(adapter: Path, label: str) -> str:
    whole = label.removeprefix(_PREFIX).removesuffix(".weight")
    for theirs, ours in _FACTORS.items():
        if whole.endswith(theirs):
            return name_in_gguf(f"{whole.removesuffix(theirs)}.weight") + ours
    raise InvalidRequest(f"{adapter}: found the weight {label}, expected the two factors of LoRA")
