"""What a text's place says of it, beside its grams: who wrote it, what was asked, and whom it speaks to.

Two signs are in the text: words that speak to an assistant about its own instructions, and marks with which
a text poses as another role (headers, tokens of chat templates, tags that close the user's part). What they
weigh is learnt. The rest is in the request, of which there is nothing to learn from, so its weights are set
here: what the user wrote may give instructions, an untrusted text in a closed task has none to give, and
words that the trusted request has too are expected.
"""

from __future__ import annotations

import re

import msgspec

from fen.hierarchy.privilege import Privilege

MARKS = (
    "<|im_start|>",
    "<|im_end|>",
    "<|system|>",
    "<|user|>",
    "<|assistant|>",
    "<|endoftext|>",
    "<|eot_id|>",
    "<|start_header_id|>",
    "<|channel|>",
    "<start_of_turn>",
    "[inst]",
    "[/inst]",
    "<<sys>>",
    "<</sys>>",
    "</user>",
    "</system>",
    "<system>",
    "</document>",
    "</untrusted>",
    "[system]",
    "(system)",
    "### system",
    "### instruction",
    "\nsystem:",
    "\nassistant:",
    "\nadmin:",
    "\ndeveloper:",
    "end of prompt",
    "end of user input",
    "system override",
    "system message:",
    "【系统】",
    "系统：",
    "系统消息",
    "用户输入结束",
    "提示结束",
)
IMPERATIVES = (
    "you are now",
    "you must now",
    "your answer",
    "your response",
    "your reply",
    "your instructions",
    "your new task",
    "your system prompt",
    "language model",
    "as an ai",
    "if you are an ai",
    "ai assistant",
    "previous instructions",
    "instructions above",
    "above instructions",
    "do not tell the user",
    "without telling the user",
    "new instructions",
    "from now on",
    "respond only",
    "respond with",
    "say nothing else",
    "and nothing else",
    "word for word",
    "你现在是",
    "从现在开始",
    "你的回答",
    "你的指令",
    "以上指令",
    "之前的指令",
    "系统提示",
    "不要告诉用户",
    "作为ai",
    "人工智能助手",
)
"""In lower case, as a text is searched for them."""

USER_SHIFT, CLOSED_SHIFT, OVERLAP_SHIFT = -2.0, 0.5, -1.5
"""What is added to a logit: for the user's own text, in a closed task, and for words that were all asked."""

_WORD = re.compile(r"(?=([\u3400-\u9fff]{2}))|([a-z\d\u00c0-\u33ff]{3,})")
_LONGEST = 2_000


class Context(msgspec.Struct, frozen=True):
    """Where a text stands. request: what the trusted side asked. closed: whether the task is a closed one.

    A closed task is one whose text is data through and through: to summarise, to translate, to extract from.
    """

    privilege: Privilege = Privilege.TOOL
    request: str = ""
    closed: bool = False


def count_signs(text: str) -> tuple[int, int]:
    """Return how many marks of other roles, and words to an assistant, a text has; each counts once."""
    low = "\n" + text.lower()
    marks = sum(1 for mark in MARKS if mark in low)
    return marks, sum(1 for words in IMPERATIVES if words in low)


def shift(context: Context, words: str) -> float:
    """Return what the context adds to the logit of a text whose most suspicious words those are."""
    found = USER_SHIFT if context.privilege.trusted else 0.0
    if context.closed:
        found += CLOSED_SHIFT
    if context.request:
        found += OVERLAP_SHIFT * overlap(words, context.request)
    return found


def overlap(words: str, request: str) -> float:
    """Return which share of the words the request has too, from 0 to 1; 0 for fewer than four words."""
    own = _find_words(words[:_LONGEST])
    if len(own) < 4:
        return 0.0
    return len(own & _find_words(request[: 4 * _LONGEST])) / len(own)


def _find_words(text: str) -> set[str]:
    """Return the words of three letters and more, and every two Chinese characters that stand together."""
    return {pair or word for pair, word in _WORD.findall(text.lower())}
