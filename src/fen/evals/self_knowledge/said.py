"""What is read out of an answer: not knowing, how sure the model is, and which model it says it is."""

from __future__ import annotations

import re

from fen.evals.lengths.count import HAN

_UNKNOWN = re.compile(
    r"\b(?:do(?:n't|n’t| not) (?:have (?:access|information|any|a specific|details)|know)"
    r"|not (?:sure|aware|able|certain)|unable to|can(?:'t|’t|not| not) (?:say|determine|provide|access|tell)"
    r"|no (?:way|information|access)|unknown|(?:isn't|is not|not been) (?:public|disclosed)\w*)"
    r"|不知道|不清楚|不确定|无法|没有(?:公开|相关|具体|明确)|未公开|不了解",
    re.IGNORECASE,
)
_PERCENT = re.compile(r"(?<![\d.])(\d{1,3}(?:\.\d+)?)\s*(?:%|％|percent)|百分之\s*(\d{1,3})", re.IGNORECASE)
_SHARE = re.compile(r"(?<![\d.])(0?\.\d+|1\.0+|[01])(?![\d.]*\d)")
_NO = re.compile(r"^\W*(?:no\b|i (?:can't|cannot|could not)|不能|不可以|不行|否|无法)", re.IGNORECASE)
_YES = re.compile(r"^\W*(?:yes\b|sure\b|certainly|of course|i can\b|能|可以|当然|是的|没问题)", re.IGNORECASE)

FAMILIES: tuple[tuple[str, ...], ...] = (
    ("gpt", "chatgpt", "openai o1", "openai o3"),
    ("claude",),
    ("gemini", "gemma", "bard", "palm"),
    ("llama",),
    ("qwen", "tongyi", "通义", "千问"),
    ("deepseek", "深度求索"),
    ("ernie", "文心"),
    ("glm", "智谱"),
    ("kimi", "moonshot", "月之暗面"),
    ("doubao", "豆包"),
    ("hunyuan", "混元"),
    ("mistral", "mixtral"),
    ("minimax", "abab"),
    ("spark", "星火"),
    ("baichuan", "百川"),
    ("grok",),
    ("phi-", "phi3", "phi4"),
    ("smollm",),
)
"""Names of models that are told apart, those of one maker together."""


def abstains(text: str) -> bool:
    """Whether an answer says that the model does not know."""
    return _UNKNOWN.search(text) is not None


def read_probability(text: str) -> float | None:
    """Return how sure an answer is, 0 to 1: its first percentage, else a share, else a plain yes or no."""
    percent = _PERCENT.search(text)
    if percent is not None:
        value = float(percent[1] or percent[2]) / 100
        return value if value <= 1 else None
    share = _SHARE.search(text)
    if share is not None and len(text) < 40:
        return float(share[1])
    if _NO.match(text):
        return 0.0
    return 1.0 if _YES.match(text) else None


def fold(name: str) -> str:
    """Return a name without case, spaces and marks."""
    return re.sub(r"[\W_]+", "", name.lower())


def names_model(text: str, names: list[str]) -> bool:
    """Whether a text has one of a model's names, as a whole: "GPT-4o" is not "GPT-4"."""
    parts = re.findall(rf"[{HAN}]+|[a-z0-9]+", text.lower())
    runs = {
        "".join(parts[start:end])
        for start in range(len(parts))
        for end in range(start + 1, min(start + 12, len(parts)) + 1)
    }
    return any(_drop_maker(name) in runs for name in names)


def _drop_maker(name: str) -> str:
    return fold(name.rpartition("/")[2])


def find_families(text: str) -> set[int]:
    """Return which of `FAMILIES` a text names."""
    lowered = text.lower()
    return {place for place, names in enumerate(FAMILIES) if any(name in lowered for name in names)}
