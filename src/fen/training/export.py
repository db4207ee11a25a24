"""A model written as the GGUF file that llama.cpp loads, an adapter merged into it or not.

The gguf package writes the format and has no converter: which tensors and which metadata is said here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from fen.training.door import load_library
from fen.training.gguf_writing import Kind, TensorsOut, count_heads, read_config
from fen.training.layout import name_in_gguf
from fen.training.memory import check_memory
from fen.training.tokens import Vocabulary, describe_tokenizer, write_vocabulary
from fen.wire.errors import InvalidRequest

_FILE_TYPES: dict[Kind, int] = {"f32": 0, "f16": 1}  # llama.cpp's `llama_ftype`
_UNUSED = 5  # llama.cpp's kind of a token that only fills up the embeddings
_THETA = 10000.0  # the base that a folder means which names none


def export_model(folder: Path, out: Path, name: str, kind: Kind = "f16", adapter: Path | None = None) -> None:
    """Write a model's GGUF file.

    folder: a Hugging Face folder of LlamaForCausalLM. name: what the file calls itself. kind: of its
    matrices; what has one dimension stays float32. adapter: a PEFT folder that is merged into it first.
    Raises InvalidRequest for another architecture or tokenizer, ConfigError without the extra or the disk.
    """
    config = read_config(folder)
    _check_memory(folder)
    tokenizer = load_library("transformers").AutoTokenizer.from_pretrained(_find_tokens(folder, adapter))
    weights = _load(folder, adapter, len(tokenizer)).state_dict()
    if config.get("tie_word_embeddings"):
        weights.pop("lm_head.weight", None)
    rows = int(weights["model.embed_tokens.weight"].shape[0])
    tensors = TensorsOut(name, "model", count_heads(config))
    tensors.writer.add_file_type(_FILE_TYPES[kind])
    _write_shape(config, rows, tensors.writer)
    write_vocabulary(_fill(describe_tokenizer(tokenizer), rows), tensors.writer)
    for label, weight in weights.items():
        tensors.add(name_in_gguf(label), weight.numpy(), kind if weight.ndim > 1 else "f32")
    tensors.write(out)


def _check_memory(folder: Path) -> None:
    """The weights are there twice: as they are loaded, and in the order in which they are written."""
    size = sum(path.stat().st_size for path in folder.glob("*.safetensors"))
    check_memory(2 * size, f"to write the weights of {folder}")


def _find_tokens(folder: Path, adapter: Path | None) -> Path:
    """An adapter that came with tokens of its own has a tokenizer beside it."""
    if adapter is not None and (adapter / "tokenizer.json").is_file():
        return adapter
    return folder


def _load(folder: Path, adapter: Path | None, tokens: int) -> Any:
    torch, transformers = load_library("torch"), load_library("transformers")
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    if adapter is None:
        return model
    if tokens > model.config.vocab_size:
        model.resize_token_embeddings(tokens)
    return load_library("peft").PeftModel.from_pretrained(model, str(adapter)).merge_and_unload()


def _write_shape(config: dict[str, Any], rows: int, writer: Any) -> None:
    heads = count_heads(config)
    head = int(config.get("head_dim") or config["hidden_size"] // heads.queries)
    rope: dict[str, Any] = config.get("rope_parameters") or {}
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(heads.queries)
    writer.add_head_count_kv(heads.keys)
    writer.add_key_length(head)
    writer.add_value_length(head)
    writer.add_rope_dimension_count(head)
    writer.add_rope_freq_base(float(rope.get("rope_theta") or config.get("rope_theta") or _THETA))
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_vocab_size(rows)


def _fill(vocabulary: Vocabulary, rows: int) -> Vocabulary:
    """Return the vocabulary with a token for each row of the embeddings, as llama.cpp wants it."""
    missing = rows - len(vocabulary.tokens)
    if missing < 0:
        found = f"{len(vocabulary.tokens)} tokens and embeddings of {rows}"
        raise InvalidRequest(f"found {found}, expected an embedding for each token")
    return msgspec.structs.replace(
        vocabulary,
        tokens=vocabulary.tokens + tuple(f"[PAD{number}]" for number in range(missing)),
        kinds=vocabulary.kinds + (_UNUSED,) * missing,
    )
