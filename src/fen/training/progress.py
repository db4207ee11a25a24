"""How far a run is: loss, tokens a second and the time that is left, on the screen and as JSON lines."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from fen.training.libraries import make_callback

_QUIET = 30.0
"""Seconds between two lines about answers."""


class Progress(msgspec.Struct, frozen=True):
    """One line of it. tokens_per_second and eta are None until a first stretch was timed; eta in seconds."""

    step: int
    steps: int
    loss: float
    rate: float
    tokens_per_second: float | None = None
    eta: float | None = None

    def describe(self, name: str) -> str:
        """Return the line for a person."""
        told = f"{name}: step {self.step} of {self.steps}, loss {self.loss:.4f}"
        if self.tokens_per_second is None or self.eta is None:
            return told
        return f"{told}, {self.tokens_per_second:,.0f} tokens/s, {_describe_seconds(self.eta)} left"


class Watch:
    """Times the stretches between two lines. tokens: the trainer's own count, which may start at 0 again."""

    def __init__(self) -> None:
        self._since: tuple[float, int, int] | None = None

    def look(self, step: int, steps: int, logs: dict[str, float], now: float) -> Progress:
        """Return the line of a trainer's log."""
        tokens = int(logs.get("num_tokens", 0))
        pace, eta = None, None
        if self._since is not None and now > self._since[0] and step > self._since[1]:
            seconds = now - self._since[0]
            pace = max(tokens - self._since[2], 0) / seconds
            eta = seconds / (step - self._since[1]) * (steps - step)
        self._since = (now, step, tokens)
        return Progress(step, steps, logs["loss"], logs.get("learning_rate", 0.0), pace, eta)


def tell_progress(name: str, path: Path) -> Any:
    """Return a callback that tells of each log line on stderr, and adds it to a file of JSON lines."""
    watch = Watch()

    def on_train_begin(_args: Any, state: Any, _control: Any, **_more: Any) -> None:
        watch.look(state.global_step, state.max_steps, {"loss": 0.0}, time.monotonic())

    def on_log(_args: Any, state: Any, _control: Any, **more: Any) -> None:
        logs: dict[str, float] = more.get("logs") or {}
        if not state.is_world_process_zero or "loss" not in logs:
            return
        line = watch.look(state.global_step, state.max_steps, logs, time.monotonic())
        tell(line.describe(name))
        with path.open("ab") as file:
            file.write(msgspec.json.encode(line) + b"\n")

    return make_callback("TellProgress", on_log=on_log, on_train_begin=on_train_begin)


def tell_answers(name: str, total: int) -> Callable[[int], None]:
    """Return what is told how many answers are there, and says so on stderr, at most twice a minute."""
    started = last = time.monotonic()

    def look(done: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last < _QUIET or not 0 < done < total:
            return
        last = now
        left = (now - started) / done * (total - done)
        tell(f"{name}: {done:,} of {total:,} answers, {_describe_seconds(left)} left")

    return look


def tell(line: str) -> None:
    """Write a line to stderr at once."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def _describe_seconds(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
