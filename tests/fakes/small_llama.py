"""A llama of some thousand random weights, with a tokenizer of bytes: quick to train, write and serve.

Its folder is like that of a real model, and its chats are laid out as SmolLM2's.
"""

from pathlib import Path
from typing import Any

import pytest

from fen.training.door import load_library
from fen.training.tokens import Vocabulary, make_tokenizer

TEMPLATE = (
    "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + "
    "'<|im_end|>' + '\n'}}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
CONTROL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
MERGES = (
    "t h",
    "h e",
    "th e",
    "a n",
    "i n",
    "e r",
    "o n",
    "r e",
    "\u0120 t",
    "\u0120 a",
    "\u0120t he",
    "in g",
)
"""U+0120 is how a byte-level vocabulary writes a space."""


VOCABULARY = len(CONTROL) + 256 + len(MERGES)


def need_training() -> Any:
    """Return torch; skips the test where the extra `train` is not installed."""
    return pytest.importorskip(
        "torch", reason="no torch here: scripts/train.sh makes build/train, which has it"
    )


def make_vocabulary() -> Vocabulary:
    """A vocabulary of the three tokens of control, all bytes, and a few pairs."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in plain]
    letters = [chr(byte) for byte in plain] + [chr(256 + place) for place in range(len(others))]
    tokens = (*CONTROL, *letters, *("".join(merge.split(" ")) for merge in MERGES))
    kinds = tuple(3 if token in CONTROL else 1 for token in tokens)
    roles = {"bos": 1, "eos": 2, "unk": 0, "pad": 2}
    return Vocabulary("smollm", tokens, kinds, MERGES, roles, TEMPLATE)


def make_folder(folder: Path, seed: int = 0, tied: bool = True) -> Path:
    """Write such a model, random by its seed, and return its folder."""
    torch = need_training()
    transformers = load_library("transformers")

    vocabulary = make_vocabulary()
    config = transformers.LlamaConfig(
        vocab_size=len(vocabulary.tokens),
        hidden_size=64,
        intermediate_size=96,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=16,
        max_position_embeddings=512,
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0},
        tie_word_embeddings=tied,
        initializer_range=0.2,
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=2,
    )
    torch.manual_seed(seed)
    model = transformers.LlamaForCausalLM(config)
    with torch.no_grad():  # the row of what pads begins as zeros; here it is also the token that ends
        model.model.embed_tokens.weight[config.pad_token_id].normal_(0, config.initializer_range)
    model.save_pretrained(folder)
    make_tokenizer(vocabulary, 512).save_pretrained(folder)
    return folder


def make_adapter(folder: Path, base: Path, seed: int = 1, **lora: Any) -> Path:
    """Write a LoRA adapter for `base` whose two factors are random, and return its folder."""
    torch = need_training()
    peft, transformers = load_library("peft"), load_library("transformers")

    model = transformers.AutoModelForCausalLM.from_pretrained(base)
    told = {"r": 4, "lora_alpha": 8, "target_modules": "all-linear", "task_type": "CAUSAL_LM"} | lora
    adapted = peft.get_peft_model(model, peft.LoraConfig(**told))
    torch.manual_seed(seed)
    with torch.no_grad():
        for name, weight in adapted.named_parameters():
            if ".lora_" in name:
                weight.copy_(torch.randn_like(weight) * 0.05)
    adapted.save_pretrained(folder)
    return folder
