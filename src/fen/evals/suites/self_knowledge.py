"""Self-knowledge: what a model says its limits, its cutoff and its name are, and what it can write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain

from fen.evals.options import read_names, read_number, read_numbers, read_switch
from fen.evals.sample import Sample
from fen.evals.self_knowledge.facts import CONTEXT, CUTOFF, FACTS, OUTPUT
from fen.evals.self_knowledge.play import ask_and_see
from fen.evals.self_knowledge.questions import CLAIMS, QUESTIONS
from fen.evals.self_knowledge.score import CLAIM, score_self_knowledge
from fen.evals.self_knowledge.summary import tell_knowledge
from fen.evals.suite import Files, Suite
from fen.wire.errors import ConfigError

_LANGUAGES = ("en", "zh")
_LIMITS = (CONTEXT, OUTPUT)
_OPTIONS = {
    **dict.fromkeys(FACTS, ""),
    "words": "50,200",
    "languages": "en,zh",
    "measure": "on",
    "max_tokens": "512",
}


def load(files: Files, options: Mapping[str, str]) -> Iterator[Sample]:
    """Yield the samples: of what is documented or can be measured, and the claims.

    words: lengths that the model is asked about and then asked for; 0 leaves them out. measure: where no most
    output is documented, an oversized request is sent, so that the upstream's complaint names the true limit;
    where one is, Fen keeps to it, and nobody complains. The other options are the model's facts, see
    `fen.evals.self_knowledge.facts`. Raises ConfigError.
    """
    languages = read_names(options, "languages", _OPTIONS["languages"], _LANGUAGES)
    words = [number for number in read_numbers(options, "words", _OPTIONS["words"], least=0) if number]
    most = read_number(options, "max_tokens", 512, least=16)
    facts = {name: options.get(name, "") for name in FACTS}
    _check(facts)
    probe = True in read_switch(options, "measure", _OPTIONS["measure"]) and not facts[OUTPUT]
    questions = (
        _ask((subject, language, wording), facts[subject], most, probe=probe)
        for subject in facts
        if facts[subject] or (probe and subject in _LIMITS)
        for language in languages
        for wording in range(len(QUESTIONS[subject][language]))
    )
    claims = (_claim(language, number, most) for number in words for language in languages)
    return chain(questions, claims)


def _check(facts: Mapping[str, str]) -> None:
    for name in _LIMITS:
        read_number(facts, name, 1, least=1)
    cutoff = facts[CUTOFF]
    if cutoff and not all(part.isdigit() for part in cutoff.split("-")):
        raise ConfigError(f"option {CUTOFF}: found {cutoff!r}, expected YYYY, YYYY-MM or YYYY-MM-DD")


def _ask(question: tuple[str, str, int], true: str, most: int, *, probe: bool) -> Sample:
    subject, language, wording = question
    return Sample(
        id=f"{subject.removeprefix('model.')}-{language}-{wording}",
        messages=({"role": "user", "content": QUESTIONS[subject][language][wording]},),
        target={"subject": subject, "true": true, "probe": probe and subject in _LIMITS},
        params={"max_tokens": most},
        cluster=subject.removeprefix("model."),
        stratum=subject.removeprefix("model."),
        language=language,
    )


def _claim(language: str, words: int, most: int) -> Sample:
    return Sample(
        id=f"claim-{language}-{words}",
        messages=({"role": "user", "content": CLAIMS[language].format(words=words)},),
        target={"subject": CLAIM, "words": words},
        params={"max_tokens": most},
        cluster=f"claim-{words}",
        stratum=CLAIM,
        language=language,
    )


SUITE = Suite(
    name="self_knowledge",
    summary="What a model says of its limits, cutoff, name and reach, against what is so.",
    dimension="knowledge",
    languages=_LANGUAGES,
    licence="Fen's own",
    source="Fen's own",
    load=load,
    play=ask_and_see,
    score=score_self_knowledge,
    scorer="self-knowledge/1",
    template="three wordings in each language",
    beside=tell_knowledge,
    options=_OPTIONS,
    clustered="the subject, whose wordings ask for one fact",
)
