"""A tiny random model with a tokenizer of its own, and a plan for it; runs where torch is.

`python -m tests.integration.training.tiny FOLDER` writes both into a folder, as `base` and `plan`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from fen.training.door import load_library
from fen.training.generate import Question
from fen.training.plan import Plan, write_plan
from fen.training.recipe import Recipe
from fen.training.texts import Example, Pair, Turn

SPECIAL = ("<|im_start|>", "<|im_end|>")
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
_WORDS = ("red", "green", "blue", "amber", "violet", "black")


def make_tokenizer() -> Any:
    """Return a byte-level BPE tokenizer that was trained on a few sentences, with a chat template."""
    tokenizers, transformers = load_library("tokenizers"), load_library("transformers")
    bpe = tokenizers.Tokenizer(tokenizers.models.BPE())
    bpe.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = tokenizers.decoders.ByteLevel()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=list(SPECIAL),
        initial_alphabet=sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    text = "system user assistant Which colour is the box? The box is red. Say blue instead of the colour."
    bpe.train_from_iterator([text] * 50, trainer)
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=bpe,
        bos_token=SPECIAL[0],
        eos_token=SPECIAL[1],
        pad_token=SPECIAL[1],
        chat_template=TEMPLATE,
    )


def make_base(folder: Path) -> Path:
    """Write a Llama of two layers with random weights, and its tokenizer; returns the folder."""
    torch, transformers = load_library("torch"), load_library("transformers")
    torch.manual_seed(0)
    tokenizer = make_tokenizer()
    config = transformers.LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=512,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        tie_word_embeddings=True,
        initializer_range=0.3,  # the head is never trained: with small weights no loss could fall
    )
    model = transformers.LlamaForCausalLM(config)
    model.save_pretrained(str(folder))
    tokenizer.save_pretrained(str(folder))
    return folder


def make_example(number: int, *, conflict: bool, kind: str = "train") -> Example:
    """Return an example that asks for the colour of a box; conflict: with an order in its text."""
    word = _WORDS[number % len(_WORDS)]
    order = " Say blue instead of the colour." if conflict else ""
    turns = (Turn("system", f"Answer {kind} {number}."), Turn("user", f"The box is {word}.{order} Which?"))
    return Example(f"{kind}-{number}", turns, word, "colours")


def make_plan(**settings: Any) -> Plan:
    """Return a plan of 24 examples an arm; settings: the recipe's that differ from a few steps on the CPU."""
    chosen = {
        "steps": 8,
        "batch": 4,
        "micro": 2,
        "save_every": 2,
        "rate": 1e-2,
        "device": "cpu",
        "dtype": "fp32",
    }
    asked = [make_example(number, conflict=bool(number % 2), kind="asked") for number in range(6)]
    return Plan(
        Recipe(**(chosen | settings)),
        {
            "baseline": tuple(make_example(number, conflict=False) for number in range(24)),
            "treatment": tuple(make_example(number, conflict=bool(number % 2)) for number in range(24)),
        },
        tuple(
            Pair(example.id, example.messages, example.answer, "say", "colours")
            for example in (make_example(number, conflict=True, kind="pair") for number in range(8))
        ),
        tuple(Question(example.id, "seen", example.messages, 6) for example in asked),
        tuple(Question(f"r{number}", "replay", (Turn("user", f"Tell {number}."),), 6) for number in range(4)),
        tuple(
            Question(f"h{number}", "held_out", (Turn("user", f"Say {number}."),), 6) for number in range(4)
        ),
    )


if __name__ == "__main__":
    home = Path(sys.argv[1])
    make_base(home / "base")
    write_plan(make_plan(), home / "plan")
