"""A tokenizer, from the metadata of a GGUF file and into it: byte-level BPE, as SmolLM2 and GPT-2 have it.

llama.cpp knows how a text is split before its pairs are merged by a name (`tokenizer.ggml.pre`), transformers
by a description; the table below says which name is which description.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec

from fen.training.door import load_library
from fen.training.gguf_file import GgufFile
from fen.wire.errors import InvalidRequest

_BYTES = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
_SPLITS: dict[str, dict[str, Any]] = {
    "smollm": {
        "type": "Sequence",
        "pretokenizers": [{"type": "Digits", "individual_digits": True}, _BYTES],
    },
    "gpt-2": _BYTES,
}
_CONTROL, _USER_DEFINED, _NORMAL = 3, 4, 1  # llama.cpp's kinds of tokens
_ROLES = {"bos": "bos", "eos": "eos", "unk": "unknown", "pad": "padding"}
_PREFIX = "tokenizer.ggml."


class Vocabulary(msgspec.Struct, frozen=True):
    """A tokenizer as a GGUF file tells it.

    split: a name of llama.cpp's. kinds: of each token. merges: two tokens with a space between, the first
    merged first. roles: token ids by `bos`, `eos`, `unk`, `pad`. template: of chats, Jinja.
    """

    split: str
    tokens: tuple[str, ...]
    kinds: tuple[int, ...]
    merges: tuple[str, ...]
    roles: dict[str, int]
    template: str | None


def read_vocabulary(file: GgufFile) -> Vocabulary:
    """Return a file's tokenizer.

    Raises InvalidRequest for any but byte-level BPE of a known split that adds no token by itself.
    """
    model, split = file.read(f"{_PREFIX}model"), file.read(f"{_PREFIX}pre")
    if model != "gpt2" or split not in _SPLITS:
        expected = ", ".join(_SPLITS)
        raise InvalidRequest(
            f"found the tokenizer {model!r} split by {split!r}, expected 'gpt2' by one of {expected}, "
            "or the model's Hugging Face folder"
        )
    for adds in ("add_bos_token", "add_eos_token", "add_space_prefix"):
        if file.read(_PREFIX + adds, False):
            raise InvalidRequest(f"found {_PREFIX}{adds}, expected a tokenizer that adds nothing")
    roles = {role: file.read(f"{_PREFIX}{name}_token_id") for role, name in _ROLES.items()}
    vocabulary = Vocabulary(
        split=split,
        tokens=tuple(file.read(f"{_PREFIX}tokens", ())),
        kinds=tuple(file.read(f"{_PREFIX}token_type", ())),
        merges=tuple(file.read(f"{_PREFIX}merges", ())),
        roles={role: int(found) for role, found in roles.items() if found is not None},
        template=file.read("tokenizer.chat_template"),
    )
    _check(vocabulary)
    return vocabulary


def _check(vocabulary: Vocabulary) -> None:
    known = set(vocabulary.tokens)
    count = len(vocabulary.tokens)
    if not count or len(known) != count or len(vocabulary.kinds) != count:
        found = f"{count} tokens, {len(known)} of them different, and the kinds of {len(vocabulary.kinds)}"
        raise InvalidRequest(f"found {found}, expected different tokens with a kind each")
    for merge in vocabulary.merges:
        parts = merge.split(" ")
        if len(parts) != 2 or not {*parts, "".join(parts)} <= known:
            raise InvalidRequest(f"found the merge {merge!r}, expected two tokens that make a third")
    for role, place in vocabulary.roles.items():
        if place >= count:
            raise InvalidRequest(f"found the {role} token {place}, expected one of {count}")


def make_tokenizer(vocabulary: Vocabulary, context: int) -> Any:
    """Return transformers' tokenizer; context: the model's window in tokens."""
    tokenizers, transformers = load_library("tokenizers"), load_library("transformers")
    kinds = dict(zip(vocabulary.tokens, vocabulary.kinds, strict=True))
    added = [
        {
            "id": place,
            "content": token,
            "single_word": False,
            "lstrip": False,
            "rstrip": False,
            "normalized": False,
            "special": kinds[token] == _CONTROL,
        }
        for place, token in enumerate(vocabulary.tokens)
        if kinds[token] in (_CONTROL, _USER_DEFINED)
    ]
    described = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": added,
        "normalizer": None,
        "pre_tokenizer": _SPLITS[vocabulary.split],
        "post_processor": None,
        "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "vocab": {token: place for place, token in enumerate(vocabulary.tokens)},
            "merges": [merge.split(" ") for merge in vocabulary.merges],
        },
    }
    backend = tokenizers.Tokenizer.from_str(json.dumps(described))
    roles = {f"{role}_token": vocabulary.tokens[place] for role, place in vocabulary.roles.items()}
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=backend,
        chat_template=vocabulary.template,
        clean_up_tokenization_spaces=False,
        model_max_length=context,
        **roles,
    )


def describe_tokenizer(tokenizer: Any) -> Vocabulary:
    """Return what a GGUF file has to say of transformers' tokenizer.

    Raises InvalidRequest for any but byte-level BPE of a known split.
    """
    told = json.loads(tokenizer.backend_tokenizer.to_str())
    model = told["model"]
    split = next((name for name, known in _SPLITS.items() if told["pre_tokenizer"] == known), None)
    if model["type"] != "BPE" or told["normalizer"] is not None or split is None:
        raise InvalidRequest(
            f"found the tokenizer {model['type']} split by {json.dumps(told['pre_tokenizer'])}, expected "
            f"byte-level BPE without a normaliser, split as one of {', '.join(_SPLITS)}"
        )
    kinds = dict.fromkeys(model["vocab"].values(), _NORMAL)
    tokens = {place: token for token, place in model["vocab"].items()}
    for added in told["added_tokens"]:
        tokens[added["id"]] = added["content"]
        kinds[added["id"]] = _CONTROL if added["special"] else _USER_DEFINED
    if sorted(tokens) != list(range(len(tokens))):
        raise InvalidRequest("found a tokenizer whose ids have gaps, expected each id from 0 on")
    merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in model["merges"]]
    roles = {role: getattr(tokenizer, f"{role}_token_id") for role in _ROLES}
    return Vocabulary(
        split=split,
        tokens=tuple(tokens[place] for place in range(len(tokens))),
        kinds=tuple(kinds[place] for place in range(len(tokens))),
        merges=tuple(merges),
        roles={role: place for role, place in roles.items() if place is not None},
        template=tokenizer.chat_template,
    )


def write_vocabulary(vocabulary: Vocabulary, writer: Any) -> None:
    """Write a tokenizer into the metadata of a GGUF file that gguf's writer is making."""
    writer.add_string(f"{_PREFIX}model", "gpt2")
    writer.add_string(f"{_PREFIX}pre", vocabulary.split)
    writer.add_array(f"{_PREFIX}tokens", list(vocabulary.tokens))
    writer.add_array(f"{_PREFIX}token_type", list(vocabulary.kinds))
    writer.add_array(f"{_PREFIX}merges", list(vocabulary.merges))
    for role, place in vocabulary.roles.items():
        writer.add_uint32(f"{_PREFIX}{_ROLES[role]}_token_id", place)
    writer.add_bool(f"{_PREFIX}add_bos_token", False)
    writer.add_bool(f"{_PREFIX}add_space_prefix", False)
    if vocabulary.template is not None:
        writer.add_string("tokenizer.chat_template", vocabulary.template)
