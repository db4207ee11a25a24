"""Output length: how much a model writes where 1,000 to 30,000 words are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fen.evals.lengths.effective import tell_reach
from fen.evals.lengths.ending import score_written
from fen.evals.lengths.play import allow, ask_for_length
from fen.evals.options import read_names, read_number, read_numbers, read_switch
from fen.evals.sample import Sample
from fen.evals.suite import Files, Suite

_FRAMES = {
    "en": (
        "Write {topic}. It shall be {length} words long. Write the whole text now, without an outline before "
        "it, a summary after it or a question to me."
    ),
    "zh": "请写{topic}，全文{length}字。现在就写出完整的正文，前面不要列提纲，后面不要总结，也不要向我提问。",
}

_TOPICS = {
    "en": (
        "a novel about two sisters who keep a lighthouse through a winter without ships",
        "a handbook for someone who takes over a small bakery in a mountain village",
        "a history of an invented river city, from its first bridge to the present day",
        "a report on how a town of 40,000 people can halve its use of drinking water",
        "a travel book about a walk of thirty days along an old salt road",
        "a course for beginners in repairing bicycles, lesson by lesson",
    ),
    "zh": (
        "一部小说，讲述两姐妹在没有船只往来的冬天守护灯塔的故事",
        "一本手册，写给刚接手山村小面包店的人",
        "一部虚构河畔城市的历史，从第一座桥写到今天",
        "一份报告，说明一座四万人的小城如何把饮用水消耗减半",
        "一本游记，写沿着古盐道步行三十天的见闻",
        "一套自行车修理入门教程，逐课讲解",
    ),
}

_OPTIONS = {"steps": "1000,2000,4000,8000", "each": "3", "languages": "en,zh", "continued": "both"}


def load(files: Files, options: Mapping[str, str]) -> Iterator[Sample]:
    """Yield the samples, shortest first within each topic.

    steps: words or characters asked for, up to 30000. each: topics, of six. continued: through Fen's
    continuation (`on`), without it (`off`) or `both`. Raises ConfigError.
    """
    steps = read_numbers(options, "steps", _OPTIONS["steps"], least=10)
    languages = read_names(options, "languages", _OPTIONS["languages"], tuple(_FRAMES))
    states = read_switch(options, "continued", _OPTIONS["continued"])
    each = read_number(options, "each", 3, least=1)
    return (
        _make(language, topic, step, continued)
        for topic in range(min(each, len(_TOPICS["en"])))
        for step in steps
        for language in languages
        for continued in states
    )


def _make(language: str, topic: int, step: int, continued: bool) -> Sample:
    way = "continued" if continued else "plain"
    target: dict[str, Any] = {"length": step, "continued": continued}
    text = _FRAMES[language].format(topic=_TOPICS[language][topic], length=step)
    return Sample(
        id=f"{language}-{topic}-{step}-{way}",
        messages=({"role": "user", "content": text},),
        target=target,
        params={"max_tokens": allow(step)},
        cluster=f"{language}-{topic}",
        stratum=f"{step}, {way}",
        language=language,
    )


SUITE = Suite(
    name="output_length",
    summary="How much is written where 1,000 to 30,000 words are asked for, and how it ends.",
    dimension="generation",
    languages=("en", "zh"),
    licence="Fen's own",
    source="Fen's own; S_l is LongWriter's, https://arxiv.org/abs/2408.07055",
    load=load,
    play=ask_for_length,
    score=score_written,
    scorer="length/1",
    template="topic and length in one sentence",
    judges_cut=True,
    beside=tell_reach,
    options=_OPTIONS,
    clustered="the topic, in one language",
)
