"""A model with its tokenizer from a Hugging Face folder, and LoRA adapters on it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fen.training.door import load_library
from fen.training.recipe import Place, Recipe
from fen.wire.errors import ConfigError

ADAPTER = "adapter_config.json"


def open_tokenizer(base: Path) -> Any:
    """Return the folder's tokenizer, padding on the left as generation needs it.

    Raises ConfigError where the folder holds none, or one without a chat template or a token for the end.
    """
    transformers = load_library("transformers")
    if not base.is_dir():
        raise ConfigError(f"{base}: found no such folder, expected a model in Hugging Face's format")
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(str(base), local_files_only=True)
    except (OSError, ValueError) as error:
        raise ConfigError(f"{base}: found no tokenizer ({error}), expected a Hugging Face folder") from None
    if not tokenizer.chat_template or tokenizer.eos_token_id is None:
        raise ConfigError(f"{base}: found a tokenizer without a chat template or an end, expected both")
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token_id = tokenizer.eos_token_id
    tokenizer.padding_side = "left"
    return tokenizer


def open_model(base: Path, place: Place) -> Any:
    """Return the folder's model on the place's device, in its dtype.

    Raises ConfigError where the folder holds none.
    """
    transformers = load_library("transformers")
    # cuDNN's attention plans anew for each length: measured on an H200, 70 ms for every token of an answer.
    load_library("torch").backends.cuda.enable_cudnn_sdp(False)
    try:
        model = transformers.AutoModelForCausalLM.from_pretrained(
            str(base), dtype=place.torch_dtype, local_files_only=True
        )
    except (OSError, ValueError) as error:
        raise ConfigError(f"{base}: found no model ({error}), expected a Hugging Face folder") from None
    return model.to(place.device)


def add_adapter(model: Any, recipe: Recipe) -> Any:
    """Return the model with a fresh LoRA adapter on all linear layers but the head; seeded by the recipe."""
    peft, transformers = load_library("peft"), load_library("transformers")
    transformers.set_seed(recipe.seed)
    return peft.get_peft_model(
        model,
        peft.LoraConfig(
            r=recipe.rank,
            lora_alpha=recipe.alpha,
            lora_dropout=0.0,
            target_modules="all-linear",
            task_type="CAUSAL_LM",
        ),
    )


def open_adapter(model: Any, adapter: Path, *, trainable: bool) -> Any:
    """Return the model with a saved adapter on it.

    Raises ConfigError where the folder holds none.
    """
    if not (adapter / ADAPTER).is_file():
        raise ConfigError(f"{adapter}: found no {ADAPTER}, expected an adapter's folder")
    return load_library("peft").PeftModel.from_pretrained(model, str(adapter), is_trainable=trainable)


def save_adapter(model: Any, folder: Path) -> None:
    """Write the adapter that was trained, and only it, as fp32 safetensors with its configuration."""
    model.save_pretrained(str(folder), selected_adapters=["default"])


def open_merged(base: Path, adapter: Path | None, place: Place) -> Any:
    """Return a model for evaluation; an adapter is added to the weights in fp32, then cast to the dtype."""
    model = open_model(base, Place(place.device, "fp32"))
    if adapter is not None:
        model = open_adapter(model, adapter, trainable=False).merge_and_unload()
    return model.to(place.torch_dtype).eval()
