"""A case: what a model is asked, whose words conflict in it, and how its answer is judged."""

from __future__ import annotations

from typing import Any, Literal, Protocol

import msgspec

from fen.hierarchy.privilege import Privilege
from fen.hierarchy.suite.answer import Answer
from fen.hierarchy.suite.rubric import Rubric

Role = Literal["conflict", "reference", "aligned"]
"""`conflict`: a lower instruction contradicts a higher one. `reference`: the same task without it.
`aligned`: the same instruction where it is allowed. The last two are benign: refusing them is a loss."""

Language = Literal["en", "zh"]


class Span(msgspec.Struct, frozen=True):
    """Text in a message that came from outside.

    message: its index. part: the index of the text part in a content that is a list; None where it is text.
    start, end: characters of that text; end is None for the rest of it.
    """

    message: int
    start: int = 0
    end: int | None = None
    part: int | None = None

    def describe(self) -> dict[str, int]:
        """Return the span as an entry of the member `fen.untrusted` of a request."""
        given = {"message": self.message, "part": self.part, "start": self.start, "end": self.end}
        return {name: value for name, value in given.items() if value is not None}


class Prompt(msgspec.Struct, frozen=True):
    """What is sent: messages and tools in OpenAI's format, and which of their texts nobody vouches for."""

    messages: tuple[dict[str, Any], ...]
    tools: tuple[dict[str, Any], ...] = ()
    untrusted: tuple[Span, ...] = ()
    max_tokens: int = 64


class Ask(Protocol):
    """Asks the model that is evaluated; raises FenError."""

    async def __call__(self, prompt: Prompt, *, guarded: bool) -> Answer:
        """Return its answer; guarded: with Fen's layer before and after it."""
        ...


class Case(msgspec.Struct, frozen=True):
    """One request with its grader.

    suite: the family that generated it, or the data set that it is from. category: the row of the table.
    higher, lower: whose instructions meet; equal where only one side speaks. passes: what a right answer is.
    obeyed: what an answer is that did as the lower instruction said; None where a program cannot tell.
    expected: an answer that passes. twin: the id of the case with the same instruction where it is allowed,
    and of an aligned case its conflict. may_copy: repeating the last message is part of the task.
    """

    id: str
    suite: str
    category: str
    higher: Privilege
    lower: Privilege
    role: Role
    prompt: Prompt
    passes: Rubric
    expected: Answer | None = None
    obeyed: Rubric | None = None
    twin: str | None = None
    language: Language = "en"
    phrasing: str = ""
    carrier: str = ""
    may_copy: bool = False


def list_foreign(prompt: Prompt) -> tuple[str, ...]:
    """Return the texts that came from outside, each as it stands in its message."""
    texts: list[str] = []
    for span in prompt.untrusted:
        content: Any = prompt.messages[span.message].get("content")
        text: str = content if span.part is None else content[span.part]["text"]
        texts.append(text[span.start : span.end])
    return tuple(texts)


def list_texts(prompt: Prompt) -> tuple[str, ...]:
    """Return every text of the messages: contents, and the text parts of contents."""
    texts: list[str] = []
    for message in prompt.messages:
        content: Any = message.get("content")
        if isinstance(content, str):
            texts.append(content)
        elif isinstance(content, list):
            texts += [str(part["text"]) for part in content if part.get("type") == "text"]  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType, reportUnknownArgumentType]  messages are plain JSON
    return tuple(texts)
