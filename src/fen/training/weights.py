"""The weights that a training begins with: a Hugging Face folder that is there, or is made of a GGUF file.

A GGUF file is dequantised once and kept as float32, so that training does not learn on top of values that
change with the library that reads them.
"""

from __future__ import annotations

import hashlib
import shutil
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from fen.app.manifest import Origin, hash_file
from fen.training.door import load_library
from fen.training.gguf_file import GgufFile, Shape
from fen.training.layout import Tensor
from fen.training.memory import check_memory
from fen.training.tokens import Vocabulary, make_tokenizer, read_vocabulary
from fen.wire.errors import ConfigError, InvalidRequest

_FLOAT = 4  # bytes
_SPARE = 64 << 20  # bytes beside the weights: the tokenizer, and what else the disk needs
_CONFIG = "config.json"
_ORIGIN = "origin.json"


def open_folder(source: Path, cache: Path) -> Path:
    """Return the Hugging Face folder of a model.

    source: such a folder, which is returned as it is, or a GGUF file of the llama architecture, of which one
    is made under `cache`, named by its contents, where it is not there yet (blocks; 4 bytes a parameter).
    Raises InvalidRequest for what is neither, ConfigError without the extra or too little space.
    """
    if source.is_dir():
        if not (source / _CONFIG).is_file():
            raise InvalidRequest(f"{source}: found no {_CONFIG} in it, expected a Hugging Face folder")
        return source
    if not source.is_file():
        raise InvalidRequest(f"{source}: found nothing, expected a GGUF file or a Hugging Face folder")
    file = GgufFile(source)
    origin = Origin(source.name, hash_file(source))
    folder = cache / f"{source.stem}-{origin.sha256[:16]}"
    if not folder.is_dir():
        _make(file, source, (folder, origin))
    return folder


def find_origin(folder: Path) -> Origin:
    """Return what a model's Hugging Face folder came from (blocks).

    Of one that was made of a GGUF file, that file; of another, the folder, its hash being that over the names
    and hashes of its weights' files. Raises InvalidRequest where there are none.
    """
    if (folder / _ORIGIN).is_file():
        return msgspec.json.decode((folder / _ORIGIN).read_bytes(), type=Origin)
    files = sorted(path for path in folder.glob("*") if path.suffix in (".safetensors", ".bin"))
    if not files:
        raise InvalidRequest(f"{folder}: found no weights in it, expected a Hugging Face folder")
    listed = "".join(f"{path.name} {hash_file(path)}\n" for path in files)
    return Origin(folder.resolve().name, hashlib.sha256(listed.encode()).hexdigest())


def _make(file: GgufFile, source: Path, made_of: tuple[Path, Origin]) -> None:
    folder, origin = made_of
    try:
        vocabulary = read_vocabulary(file)
    except InvalidRequest as error:
        raise InvalidRequest(f"{source}: {error.message}") from None
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _check_space(file, folder.parent)
        with TemporaryDirectory(dir=folder.parent, prefix=".making-") as name:
            made = Path(name) / "folder"
            _write(file, vocabulary, made)
            (made / _ORIGIN).write_bytes(msgspec.json.encode(origin))
            with suppress(FileExistsError):  # another process was quicker
                made.rename(folder)
    except OSError as error:
        if not folder.is_dir():
            raise ConfigError(f"{folder}: {error}, expected a folder that can be written") from None


def _check_space(file: GgufFile, folder: Path) -> None:
    needed = file.count_parameters() * _FLOAT + _SPARE
    check_memory(needed, f"to read the weights for {folder}")
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise ConfigError(f"{folder}: found {free} bytes free on its disk, expected {needed} for the weights")


def _write(file: GgufFile, vocabulary: Vocabulary, folder: Path) -> None:
    shape = file.shape
    _make_config(shape, vocabulary).save_pretrained(folder)
    make_tokenizer(vocabulary, shape.context).save_pretrained(folder)
    tensors: dict[str, Tensor] = dict(file.tensors())
    save: Any = load_library("safetensors.numpy").save_file
    save(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def _make_config(shape: Shape, vocabulary: Vocabulary) -> Any:
    roles = {f"{role}_token_id": place for role, place in vocabulary.roles.items() if role != "unk"}
    return load_library("transformers").LlamaConfig(
        architectures=["LlamaForCausalLM"],
        vocab_size=shape.vocabulary,
        hidden_size=shape.width,
        intermediate_size=shape.inner,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.kv_heads,
        head_dim=shape.head,
        max_position_embeddings=shape.context,
        rms_norm_eps=shape.epsilon,
        rope_parameters={"rope_type": "default", "rope_theta": shape.rope_base},
        tie_word_embeddings=shape.tied,
        dtype="float32",
        **roles,
    )
