"""Claims are found in whatever letters they are written, and prompts of public suites are innocent."""

import csv
import json
from itertools import product
from pathlib import Path

import pytest

from fen.arena.identity import LeakFilter, is_probe, make_roster
from tests.shared_data import SHARED, need

MODELS = ("openai/gpt-4o-mini", "fen/smollm2-135m", "zephyrlabs/blorp-7b-instruct")


@pytest.fixture(scope="module")
def leaks() -> LeakFilter:
    return LeakFilter(make_roster(MODELS, codenames=["velvet-otter"]))


ENGLISH = (
    "I am {}.",
    "I'm {}, an AI assistant.",
    "My name is {}.",
    "As {}, I cannot do that.",
    "Hello! {} here.",
    "You are talking to {}.",
    "I am a large language model called {}.",
    "I'm based on {}.",
    "I am powered by {}.",
    "Sure! I am {} and I can help.",
)
CHINESE = (
    "我是{}。",
    "您好，我叫{}，很高兴认识你。",
    "我的名字是{}。",
    "作为{}，我不能这样做。",
    "我是一个名为{}的大语言模型。",
    "这里是{}。",
    "我背后的模型是{}。",
)
MAKERS = (
    "I was created by {}.",
    "I am an AI model developed by {}.",
    "{} trained me.",
    "My creator is {}.",
    "我是由{}开发的。",
    "我的开发者是{}。",
    "{}训练了我。",
)


def full_width(name: str) -> str:
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in name)


def zero_width(name: str) -> str:
    return "\u200b".join(name)


def spaced(name: str) -> str:
    return " ".join(name.replace(" ", ""))


def dotted(name: str) -> str:
    return ".".join(name.replace(" ", ""))


def look_alike(name: str) -> str:
    return name.translate(str.maketrans("aeopcAEOPC", "аеорсАЕОРС"))


def bold(name: str) -> str:
    return f"**{name}**"


OBFUSCATIONS = (str, str.upper, str.lower, full_width, zero_width, spaced, dotted, look_alike, bold)
NAMES = (
    *("ChatGPT", "GPT-4o mini", "Claude", "Gemini", "Llama 3", "Qwen", "DeepSeek", "Kimi", "Doubao"),
    *("ERNIE Bot", "Hunyuan", "Mixtral", "Grok", "SmolLM2", "blorp", "velvet-otter"),
    *("通义千问", "文心一言", "豆包", "讯飞星火"),
)
COMPANIES = (
    *("OpenAI", "Anthropic", "Google", "Alibaba", "Moonshot AI", "zephyrlabs"),
    *("阿里云", "百度", "腾讯", "深度求索"),
)


def test_nearly_every_generated_claim_is_found(leaks: LeakFilter) -> None:
    """Roster x template x obfuscation, in both languages."""
    claims = [
        template.format(disguise(name))
        for templates, names in (((*ENGLISH, *CHINESE), NAMES), (MAKERS, COMPANIES))
        for template, name, disguise in product(templates, names, OBFUSCATIONS)
    ]
    missed = [claim for claim in claims if not leaks.spoils(claim)]
    assert len(claims) > 3_000
    assert len(missed) <= 0.02 * len(claims), missed[:: max(1, len(missed) // 20)]


@need("evals")
def test_prompts_of_public_suites_are_innocent(leaks: LeakFilter) -> None:
    texts = list(read_prompts(SHARED / "evals"))
    spoilt = [text for text in texts if leaks.spoils(text) or is_probe(text)]
    assert len(texts) > 10_000
    assert len(spoilt) <= 0.001 * len(texts), spoilt[:10]


def read_prompts(folder: Path):
    for line in (folder / "ifeval/input_data.jsonl").read_text("utf-8").splitlines():
        yield json.loads(line)["prompt"]
    for line in (folder / "cmath/cmath_dev.jsonl").read_text("utf-8").splitlines():
        yield json.loads(line)["input"]
    with (folder / "xstest/xstest_prompts.csv").open(encoding="utf-8", newline="") as file:
        yield from (row["prompt"] for row in csv.DictReader(file))
    for path in sorted((folder / "mmlu/test").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            yield from (row["question"] for row in csv.DictReader(file))
