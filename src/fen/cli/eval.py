"""`fen eval`: what a model is worth, by dimension, with its cost, its length and its speed."""

from __future__ import annotations

import click

from fen.cli.lazy import LazyGroup

_SUMMARIES = {
    "run": "Ask a model the questions of suites, and score its answers.",
    "report": "Show the scores of runs, by suite and dimension.",
    "compare": "Compare two models on the questions that both answered.",
    "plan": "Say how many questions, and how much money, tell two models apart.",
    "list": "List the suites, or show what is known of one.",
    "runs": "List the runs.",
    "show": "Show single samples of a run: question, answer, score and cost.",
    "rescore": "Score kept answers anew, without a call.",
    "speed": "Measure how soon and how fast a model answers, and how many callers it serves.",
    "agreement": "Compare a run's judge with people's labels.",
    "gap": "Show the gap between two groups of models over time.",
    "import": "Check a table of published scores, or take in a log of Inspect's.",
    "inspect": "Run a task of Inspect's through Fen, and take in its log.",
}


@click.group(cls=LazyGroup, summaries=_SUMMARIES, package="fen.cli.evals")
def command() -> None:
    """Run suites of questions against a model, and compare models."""
