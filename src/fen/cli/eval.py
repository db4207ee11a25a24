"""`fen eval`: what a model is worth, by dimension, with its cost, its length and its speed."""

from __future__ import annotations

import click

from fen.cli.lazy import LazyGroup

_SUMMARIES = {
    "list": "List the suites, or a suite's samples.",
    "run": "Ask a model the questions of suites, and score its answers.",
    "rescore": "Score kept answers anew, without a call.",
    "report": "Show the scores of runs, by suite and dimension.",
    "compare": "Compare two models on the questions that both answered.",
    "plan": "Say how many questions, and how much money, would tell two models apart.",
    "speed": "Measure how soon a model answers, how fast, and how many callers it serves.",
    "show": "Show single samples of a run: question, answer, score and cost.",
    "runs": "List the runs.",
    "gap": "Show the gap between two groups of models over time.",
    "import": "Take in scores or logs of others.",
    "agreement": "Say how far a run's judge agrees with people's labels.",
    "inspect": "Run a task of Inspect's through Fen, and take in its log.",
}


@click.group(cls=LazyGroup, summaries=_SUMMARIES, package="fen.cli.evals")
def command() -> None:
    """Run suites of questions against a model, and compare models."""
