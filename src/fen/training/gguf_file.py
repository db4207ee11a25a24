"""A GGUF file of the llama architecture, looked at: its metadata, and its tensors as float32.

The format is that of https://github.com/ggml-org/ggml/blob/master/docs/gguf.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from fen.training.door import load_library
from fen.training.layout import Tensor, count_turned, name_in_folder, to_halves
from fen.wire.errors import InvalidRequest

_MAGIC = b"GGUF"
_SCALED = ("rope.scaling.type", "rope.scaling.factor", "expert_count")


class Shape(msgspec.Struct, frozen=True):
    """What a llama model is made of.

    width: of the residual stream; inner: of the feed-forward part; head: of one attention head, numbers all.
    tied: the output is read off the token embeddings.
    """

    layers: int
    width: int
    inner: int
    heads: int
    kv_heads: int
    head: int
    context: int
    vocabulary: int
    rope_base: float
    epsilon: float
    tied: bool


class GgufFile:
    """An open GGUF file; raises InvalidRequest where it is none, or of another architecture."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._gguf = load_library("gguf")
        self._reader = _open(path, self._gguf)
        architecture = self.read("general.architecture")
        if architecture != "llama" or self.read("general.type", "model") != "model":
            found = f"a {self.read('general.type', 'model')} of the architecture {architecture!r}"
            raise InvalidRequest(f"{path}: found {found}, expected a model of the architecture 'llama'")
        self.shape = self._read_shape()

    def read(self, key: str, otherwise: Any = None) -> Any:
        """Return a value of the metadata."""
        field = self._reader.get_field(key)
        return otherwise if field is None else field.contents()

    def tensors(self) -> Iterator[tuple[str, Tensor]]:
        """Yield each tensor under transformers' name and in its order of rows, dequantised.

        Raises InvalidRequest at a tensor that the plain architecture does not have.
        """
        shape = self.shape
        for tensor in self._reader.tensors:
            name = str(tensor.name)
            folder_name = self._say(lambda name=name: name_in_folder(name))
            try:
                values = self._gguf.quants.dequantize(tensor.data, tensor.tensor_type)
            except NotImplementedError:
                kind = tensor.tensor_type.name
                raise InvalidRequest(
                    f"{self._path}: found {name} as {kind}, expected a kind that the gguf package reads"
                ) from None
            array = np.ascontiguousarray(values, dtype=np.float32)
            turned = count_turned(name, shape.heads, shape.kv_heads)
            yield folder_name, np.ascontiguousarray(to_halves(array, turned)) if turned else array

    def count_parameters(self) -> int:
        """Return how many numbers the tensors hold."""
        return sum(int(tensor.n_elements) for tensor in self._reader.tensors)

    def _say(self, call: Any) -> Any:
        try:
            return call()
        except InvalidRequest as error:
            raise InvalidRequest(f"{self._path}: {error.message}") from None

    def _read_shape(self) -> Shape:
        for key in _SCALED:
            found = self.read(f"llama.{key}")
            if found not in (None, "none", 0):
                raise InvalidRequest(
                    f"{self._path}: found llama.{key} = {found!r}, expected a plain llama model without it"
                )
        heads, width = self._need("attention.head_count"), self._need("embedding_length")
        head = self.read("llama.attention.key_length", width // heads)
        turned = self.read("llama.rope.dimension_count", head)
        if turned != head:
            raise InvalidRequest(
                f"{self._path}: found heads of {head} of which {turned} are turned, expected all"
            )
        names = {str(tensor.name) for tensor in self._reader.tensors}
        return Shape(
            layers=self._need("block_count"),
            width=width,
            inner=self._need("feed_forward_length"),
            heads=heads,
            kv_heads=self.read("llama.attention.head_count_kv", heads),
            head=head,
            context=self._need("context_length"),
            vocabulary=len(self._reader.get_field("tokenizer.ggml.tokens").data),
            rope_base=float(self.read("llama.rope.freq_base", 10000.0)),
            epsilon=float(self._need("attention.layer_norm_rms_epsilon")),
            tied="output.weight" not in names,
        )

    def _need(self, key: str) -> Any:
        found = self.read(f"llama.{key}")
        if found is None:
            raise InvalidRequest(f"{self._path}: found no llama.{key} in its metadata, expected one")
        return found


def _open(path: Path, gguf: Any) -> Any:
    try:
        with path.open("rb") as file:
            magic = file.read(len(_MAGIC))
    except OSError as error:
        raise InvalidRequest(f"{path}: {error.strerror}, expected a GGUF file") from None
    if magic != _MAGIC:
        raise InvalidRequest(f"{path}: found a file that begins with {magic!r}, expected a GGUF file")
    try:
        return gguf.GGUFReader(path)
    except (ValueError, IndexError, KeyError, OverflowError) as error:
        raise InvalidRequest(f"{path}: {error}, expected a whole GGUF file") from None
