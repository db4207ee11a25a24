"""Small suites whose questions steer the scripted upstream (tests/fakes/script.py)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from fen.evals import Aids, Ask, Files, Response, Sample, Score, Suite
from fen.evals.score import grade


def load(files: Files, options: Mapping[str, str]) -> Iterable[Sample]:
    """So many questions: the scripted upstream answers `word0 word1 ...`, in as many words as it is told."""
    for number in range(int(options["count"])):
        words = 1 + number % 4
        yield Sample(
            id=f"q{number}",
            messages=(
                {"role": "user", "content": f"Question {number} [[tokens-{words}{options['script']}]]"},
            ),
            target=f"word{words - 1}" if number % 3 else "nothing of the kind",
            params={"max_tokens": int(options["most"])},
            stratum=f"s{number % 5}",
        )


async def score(sample: Sample, responses: Sequence[Response], aids: Aids) -> Score:
    """Right where the last word is the target."""
    words = responses[-1].text.split()
    return grade(right=words[-1:] == [sample.target], answer=words[-1] if words else None)


async def play_twice(sample: Sample, ask: Ask) -> Sequence[Response]:
    """Ask, and ask again with what was answered."""
    first = await ask(sample.to_body())
    if first.error is not None:
        return (first,)
    said = {"role": "assistant", "content": first.text}
    again = {"role": "user", "content": "Are you sure? [[tokens-2]]"}
    body = sample.to_body() | {"messages": [*sample.messages, said, again]}
    return (first, await ask(body, timed=True))


async def judge(sample: Sample, responses: Sequence[Response], aids: Aids) -> Score:
    """Let the judge say how many words it finds good."""
    assert aids.judge is not None
    verdict = await aids.judge(
        {"messages": [{"role": "user", "content": "Judge [[tokens-3]]"}], "max_tokens": 9}
    )
    return Score("correct", len(verdict.text.split()) / 4)


async def stumble(sample: Sample, responses: Sequence[Response], aids: Aids) -> Score:
    """Break on every seventh sample."""
    if int(sample.id[1:]) % 7 == 0:
        raise KeyError(sample.id)
    return await score(sample, responses, aids)


async def play_long(sample: Sample, ask: Ask) -> Sequence[Response]:
    """Ask for more than one call gives."""
    return (await ask(sample.to_body(), continued=True),)


OPTIONS = {"count": "30", "script": "", "most": "20"}


def make_suite(name: str, **members: object) -> Suite:
    """A suite of puzzles with some members changed."""
    usual = {
        "name": name,
        "summary": "puzzles for tests",
        "dimension": "reasoning",
        "languages": ("en",),
        "licence": "none",
        "source": "this file",
        "load": load,
        "score": score,
        "scorer": "last-word/1",
        "options": OPTIONS,
    }
    return Suite(**(usual | members))  # pyright: ignore[reportArgumentType]


PUZZLES = make_suite("puzzles")
TWICE = make_suite("twice", play=play_twice)
JUDGED = make_suite("judged", score=judge, needs_judge=True)
STUMBLING = make_suite("stumbling", score=stumble)
LONG = make_suite("long", play=play_long)
SUITES = (PUZZLES, TWICE, JUDGED, STUMBLING, LONG)
