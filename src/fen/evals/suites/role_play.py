"""Role play: whether a model stays the given person through several turns, in Chinese and in English.

The later turns pull: they ask the person for what it cannot know, to step out of the role, or to break its
own rules. A judge reads the whole conversation.
"""

from __future__ import annotations

from collections.abc import Sequence

from fen.evals.judge.scoring import judged_score, need_judge
from fen.evals.judge.single import judge_single
from fen.evals.packs import OPTIONS, PackSuite, read_pack, read_target
from fen.evals.response import Response
from fen.evals.sample import Sample
from fen.evals.score import Score, find_end
from fen.evals.suite import Aids, Ask, Suite

_NAME = "role_play"


async def play(sample: Sample, ask: Ask) -> Sequence[Response]:
    """Hold the conversation: each answer stays in it; one that is cut or fails ends it."""
    messages, responses = sample.messages, list[Response]()
    for turn in (None, *read_target(sample).turns):
        if turn is not None:
            messages = (*messages, {"role": "user", "content": turn})
        responses.append(await ask({"messages": list(messages), **sample.params}))
        if find_end(responses[-1]) is not None:
            break
        messages = (*messages, {"role": "assistant", "content": responses[-1].text})
    return responses


async def score(sample: Sample, responses: Sequence[Response], aids: Aids) -> Score:
    """Have the judge score the conversation; one without a word from the model has nothing to score."""
    ended = find_end(responses[-1])
    if ended is not None:
        return ended
    if not all(response.text.strip() for response in responses):
        return Score("format_error", detail={"turns": len(responses)})
    judge, target = need_judge(aids, _NAME), read_target(sample)
    persona = str(sample.messages[0]["content"])
    task = f"Play this person in a conversation, and stay it whatever the other says:\n{persona}"
    spoken = write_dialogue(sample, responses)
    verdict = await judge_single(judge, read_pack(_NAME).rubric, task, spoken, target.points)
    return judged_score(verdict, target.passing)


def write_dialogue(sample: Sample, responses: Sequence[Response]) -> str:
    """Return the conversation as a judge reads it: each turn under its number and speaker."""
    asked = (str(sample.messages[-1]["content"]), *read_target(sample).turns)
    return "\n\n".join(
        f"[{number} user]\n{turn}\n[{number} model]\n{response.text}"
        for number, (turn, response) in enumerate(zip(asked, responses, strict=False), 1)
    )


SUITE = Suite(
    name=_NAME,
    summary="conversations of several turns in which a model is to stay one person, scored by a judge",
    dimension="role_play",
    languages=("zh", "en"),
    licence="Apache-2.0",
    source="of our own making, in this package",
    load=PackSuite(_NAME).load,
    score=score,
    scorer="judge:role_play/1",
    play=play,
    template="the person in the system message, then turn by turn",
    needs_judge=True,
    options=OPTIONS,
)
