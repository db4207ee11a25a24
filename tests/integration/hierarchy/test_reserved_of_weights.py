"""The table of reserved tokens against what the embedded model's own vocabulary marks as control."""

import struct
from pathlib import Path
from typing import Any, BinaryIO

from fen.hierarchy.reserved import families_of, list_tokens
from tests.weights import find_weights

CONTROL = 3
SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
TEXT, ARRAY = 8, 9


def test_every_control_token_of_the_embedded_model_is_reserved() -> None:
    metadata = read_metadata(find_weights())
    kinds = metadata["tokenizer.ggml.token_type"]
    control = {metadata["tokenizer.ggml.tokens"][i] for i, kind in enumerate(kinds) if kind == CONTROL}
    assert "<|im_start|>" in control
    assert control == set(list_tokens(families_of("embedded/smollm2-135m-instruct")))


def read_metadata(path: Path) -> dict[str, Any]:
    """The metadata of a GGUF file (source: ggml, docs/gguf.md)."""
    with path.open("rb") as file:
        assert file.read(4) == b"GGUF"
        _, _, pairs = struct.unpack("<IQQ", file.read(20))
        return {read_text(file): read_value(file, read_number(file, "I")) for _ in range(pairs)}


def read_number(file: BinaryIO, code: str) -> Any:
    return struct.unpack("<" + code, file.read(struct.calcsize("<" + code)))[0]


def read_text(file: BinaryIO) -> str:
    return file.read(read_number(file, "Q")).decode("utf-8", "replace")


def read_value(file: BinaryIO, kind: int) -> Any:
    if kind == TEXT:
        return read_text(file)
    if kind == ARRAY:
        inner, count = read_number(file, "I"), read_number(file, "Q")
        return [read_value(file, inner) for _ in range(count)]
    return read_number(file, SCALARS[kind])
