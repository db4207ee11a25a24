"""`fen`: the commands, and how each ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click

from fen import __version__
from fen.cli.lazy import LazyGroup
from fen.wire.errors import ConfigError, FenError

FAILED = 1
MISUSED = 2
INTERRUPTED = 130
"""Exit statuses: something failed; the command or the settings are wrong; Ctrl-C (128 + SIGINT)."""

_SUMMARIES = {
    "serve": "Serve the API, and the pages for people at `/`.",
    "ask": "Ask a model and print its answer as it comes.",
    "chat": "Talk with a model, line by line.",
    "models": "List the models that can answer.",
    "prices": "Show what models cost, and did cost.",
    "route": "Send each request to the cheapest model that is good enough.",
    "upstreams": "List vendors and servers, and what enables them.",
    "usage": "Add up what was used and what it cost.",
    "requests": "Show single requests and what they cost.",
    "batches": "List, show and cancel batches of deferred requests.",
    "guard": "Find instructions in text that may give none.",
    "keys": "Make, list and revoke keys.",
    "budgets": "List and set what keys and teams may spend.",
    "tiers": "Show what each tier allows.",
    "ledger": "Prune and check the books, or make them forget a key.",
    "audit": "Show changes of keys and books, newest first.",
    "config": "Check the settings.",
    "eval": "Run suites of questions against a model, and compare models.",
    "value": "Show what models are worth: quality beside what an answer costs.",
    "arena": "Rate models by blind votes, and look after an arena.",
    "hierarchy": "Measure how a model keeps to the instruction hierarchy, and teach it to a small one.",
    "distill": "Teach a small model what a larger one answers to one kind of request.",
    "weights": "Fetch the embedded model's weights.",
    "openapi": "Print the API's OpenAPI document.",
}


@click.group(
    cls=LazyGroup,
    summaries=_SUMMARIES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(__version__, message="%(prog)s %(version)s")
def fen() -> None:
    """Fen: what an answer costs, how good it is, and which model should give it."""


def main() -> None:
    """Run the command line of this process, and end it with the command's status."""
    # NumPy reads it when it is imported. A board's fit is too small for several threads: they wait for each
    # other in a loop, which on a busy machine took 1,000 ms for 300 models that one thread fits in 13.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run a command and return its exit status; an error is one line on stderr."""
    try:
        status = fen.main(list(arguments), prog_name="fen", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except FenError as error:
        return _fail(error.message, MISUSED if isinstance(error, ConfigError) else FAILED)
    except BrokenPipeError:
        # Who read our output has enough; what is still buffered must not complain at the exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except OSError as error:
        return _fail(str(error), FAILED)
    return status if isinstance(status, int) else 0


def _fail(message: str, status: int) -> int:
    click.echo(f"fen: {message}", err=True)
    return status
