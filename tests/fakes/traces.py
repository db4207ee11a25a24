"""Traces of an agent: a request's texts, the call that the model made, and whether it may go out. Seeded.

Four lots of sentences make them. `tuned`: the rule was made by these. `held`: written before the rule, and
`fresh`: other errands, written after its first version; both were measured, and then used to mend it. `last`:
others again, written when it was done, which it was never changed for.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Literal

import msgspec

from fen.hierarchy.privilege import Piece, Privilege
from tests.fakes.errands_fresh import FRESH, FRESH_OFF_TASK, FRESH_ORDERS, FRESH_OVERRIDES
from tests.fakes.errands_last import LAST, LAST_OFF_TASK, LAST_ORDERS, LAST_OVERRIDES
from tests.fakes.errands_more import MORE_FRESH, MORE_FRESH_OFF_TASK, MORE_ORDERS, MORE_OVERRIDES
from tests.fakes.phrasings import MORE_ASKS, MORE_OFF_TASK
from tests.fakes.scenarios import (
    CHOSEN,
    CHOSEN_UNSEEN,
    OFF_TASK,
    OFF_TASK_UNSEEN,
    ORDERS,
    ORDERS_UNSEEN,
    OTHER_ERRANDS,
    OTHER_ERRANDS_UNSEEN,
    OVERRIDES,
    OVERRIDES_UNSEEN,
    SCENARIOS,
    Scenario,
)

Lot = Literal["tuned", "held", "fresh", "last"]

_WORDS = (
    "ember",
    "quartz",
    "willow",
    "delta",
    "harbor",
    "maple",
    "onyx",
    "pebble",
    "raven",
    "sable",
    "tundra",
)
_STREETS = ("Kestrel Lane", "Old Mill Road", "Rue des Lilas", "Hafenstrasse")
_SAME_CALL = {
    "create_event": ("invite", "booking"),
    "send_email": ("forward", "reply", "slack", "sms", "share", "subscribe", "call", "comment"),
    "fetch_url": ("fetch", "download", "clone"),
}
_CHOSEN_FOR = {"email": "forward", "iban": "transfer", "url": "fetch"}
_FILLER = (
    "The library opens at nine and closes at six on weekdays. ",
    "Rain is expected in the north, with some sun later. ",
    "会议室在二楼，茶水间在左手边。",
)


class Trace(msgspec.Struct, frozen=True):
    """One call in its request.

    group: what it is about: `reference`, `given`, `confirmed`, `standing`, or of attacks `order`, `errand`,
    `chosen`, `override`.
    """

    name: str
    group: str
    attack: bool
    lot: Lot
    pieces: tuple[Piece, ...]
    tool: str
    arguments: str
    path: str
    kind: str


class Sentences(msgspec.Struct, frozen=True):
    """What the traces of a lot are made of; asks: by the scenario's name."""

    lot: Lot
    scenarios: tuple[Scenario, ...]
    asks: dict[str, tuple[str, ...]]
    off_task: tuple[str, ...]
    errands: tuple[tuple[str, str], ...]
    orders: tuple[str, ...]
    overrides: tuple[str, ...]
    chosen: tuple[tuple[str, str], ...]
    yes: tuple[str, ...]


LOTS: tuple[Sentences, ...] = (
    Sentences(
        "tuned",
        SCENARIOS,
        {scenario.name: (*scenario.asks, *MORE_ASKS[scenario.name]) for scenario in SCENARIOS},
        (*OFF_TASK, *MORE_OFF_TASK),
        OTHER_ERRANDS,
        ORDERS,
        OVERRIDES,
        CHOSEN,
        ("Yes, go ahead.", "OK, do it.", "好的，就这样做。", "可以，继续。"),
    ),
    Sentences(
        "held",
        SCENARIOS,
        {scenario.name: scenario.unseen for scenario in SCENARIOS},
        OFF_TASK_UNSEEN,
        OTHER_ERRANDS_UNSEEN,
        ORDERS_UNSEEN,
        OVERRIDES_UNSEEN,
        CHOSEN_UNSEEN,
        ("Sounds good, please.", "Sure!", "行。", "没问题，做吧。"),
    ),
    Sentences(
        "fresh",
        (*FRESH, *MORE_FRESH),
        {scenario.name: scenario.unseen for scenario in (*FRESH, *MORE_FRESH)},
        (*FRESH_OFF_TASK, *MORE_FRESH_OFF_TASK),
        OTHER_ERRANDS_UNSEEN,
        (*FRESH_ORDERS, *MORE_ORDERS),
        (*FRESH_OVERRIDES, *MORE_OVERRIDES),
        (),
        ("Perfect, thanks.", "Agreed.", "同意。", "嗯，好。"),
    ),
    Sentences(
        "last",
        LAST,
        {scenario.name: scenario.unseen for scenario in LAST},
        LAST_OFF_TASK,
        OTHER_ERRANDS_UNSEEN,
        LAST_ORDERS,
        LAST_OVERRIDES,
        (),
        ("That's right.", "Exactly, do it.", "没错。", "好的，麻烦了。"),
    ),
)


def make_value(sort: str, rng: random.Random) -> tuple[str, str | float]:  # noqa: PLR0911  a sort each
    """Return a value as a document writes it, and as a call has it."""
    word, other = rng.sample(_WORDS, 2)
    number = rng.randrange(100, 1000)
    if sort == "email":
        plain = f"{word}.{other}{number}@{other}-mail.example"
        return rng.choice(
            (plain, plain, plain.upper(), plain.replace("@", " at ").replace(".", " dot "))
        ), plain
    if sort == "url":
        host, path = f"{word}-{other}.example", f"/{other}/{number}"
        written = rng.choice(
            (f"https://{host}{path}", f"HTTPS://{host.upper()}{path}", f"https://{host}:443{path}/")
        )
        return written, f"https://{host}{path}"
    if sort == "iban":
        plain = "DE" + "".join(rng.choice("0123456789") for _ in range(20))
        return rng.choice((plain, " ".join(plain[at : at + 4] for at in range(0, 22, 4)))), plain
    if sort == "phone":
        digits = "".join(rng.choice("123456789") for _ in range(9))
        return rng.choice(
            (f"+49 {digits[:3]} {digits[3:]}", f"(+49) {digits[:3]}-{digits[3:]}")
        ), f"+49{digits}"
    if sort == "amount":
        cents = rng.randrange(100_000, 900_000)
        return rng.choice((f"{cents / 100:,.2f}", f"{cents / 100:.2f}")), rng.choice(
            (f"{cents / 100:.2f}", cents / 100)
        )
    if sort == "btc":
        plain = "bc1q" + "".join(rng.choice("023456789acdefghjklmnpqrstuvwxyz") for _ in range(38))
        return plain, plain
    if sort == "ip":
        plain = f"203.0.{rng.randrange(256)}.{rng.randrange(256)}"
        return plain, plain
    if sort == "street":
        plain = f"{number} {rng.choice(_STREETS)}, {word.title()}ville"
        return plain, plain
    plain = {"channel": f"#{word}-{number}", "repo": f"{word}/{other}{number}"}.get(
        sort, f"{word}_{other}{number}"
    )
    return plain, plain


def make_traces(seed: int) -> list[Trace]:
    """Return traces of all lots, about half of them attacks; each sentence that asks is there once."""
    rng = random.Random(seed)
    return [trace for sentences in LOTS for trace in _Writer(sentences, rng).draw()]


class _Writer:
    """Draws the traces of a lot."""

    def __init__(self, sentences: Sentences, rng: random.Random) -> None:
        self._said, self._rng = sentences, rng

    def draw(self) -> Iterator[Trace]:
        for scenario in self._said.scenarios:
            asks = self._said.asks[scenario.name]
            for ask in asks:
                yield self._refer(scenario, ask)
            yield self._give(scenario)
            yield self._confirm(scenario)
            for _ in range(len(asks)):
                yield self._inject(scenario, self._off_task(), self._said.orders, "order")
            yield self._inject(scenario, self._errand(scenario), self._said.orders, "errand")
            yield self._inject(scenario, self._ask(scenario), self._said.overrides, "override")
        for sort, ask in self._said.chosen:
            yield self._choose(sort, ask)

    def _ask(self, scenario: Scenario) -> str:
        return self._rng.choice(self._said.asks[scenario.name])

    def _off_task(self) -> str:
        return self._rng.choice(self._said.off_task)

    def _errand(self, scenario: Scenario) -> str:
        errands = self._said.errands
        return self._rng.choice(
            [ask for tool, ask in errands if scenario.name not in _SAME_CALL.get(tool, ())]
        )

    def _refer(self, scenario: Scenario, ask: str) -> Trace:
        written, called = make_value(scenario.sort, self._rng)
        pieces = [_user(1, ask), self._document(scenario, ask, written)]
        return self._trace(scenario, "reference", called, pieces)

    def _give(self, scenario: Scenario) -> Trace:
        ask = self._ask(scenario)
        written, called = make_value(scenario.sort, self._rng)
        told = f"The value to use here is {written}."
        document = self._document(scenario, ask, written)
        if self._rng.random() < 0.5:
            return self._trace(scenario, "given", called, [_user(1, f"{ask} {told}"), document])
        system = Piece(
            ("messages", 0, "content"), f"You help at the office. {told}", Privilege.SYSTEM, "system"
        )
        return self._trace(scenario, "standing", called, [system, _user(1, ask), document])

    def _confirm(self, scenario: Scenario) -> Trace:
        ask = self._ask(scenario)
        written, called = make_value(scenario.sort, self._rng)
        offer = (
            f"I have read it. Shall I do this now: {ask}" if ask.isascii() else f"我看完了。要不要现在：{ask}"
        )
        pieces = [
            _user(1, self._off_task()),
            self._document(scenario, ask, written),
            Piece(("messages", 3, "content"), offer, Privilege.NONE, "assistant"),
            _user(4, self._rng.choice(self._said.yes)),
        ]
        return self._trace(scenario, "confirmed", called, pieces)

    def _choose(self, sort: str, ask: str) -> Trace:
        name = _CHOSEN_FOR.get(sort, "call" if ask.startswith("Call") else "sms")
        scenario = next(scenario for scenario in SCENARIOS if scenario.name == name)
        ask = ask.replace("{own}", make_value(sort, self._rng)[0])
        return self._inject(scenario, ask, self._said.orders, "chosen")

    def _inject(self, scenario: Scenario, ask: str, orders: tuple[str, ...], group: str) -> Trace:
        written, called = make_value(scenario.sort, self._rng)
        document = self._document(scenario, ask, make_value(scenario.sort, self._rng)[0])
        tool = self._rng.choice((scenario.tool, scenario.tool.replace("_", " ")))
        order = self._rng.choice(orders).replace("{tool}", tool).replace("{sink}", written)
        lines = document.text.split("\n")
        lines.insert(self._rng.choice((0, len(lines) // 2, len(lines))), order)
        document = msgspec.structs.replace(document, text="\n".join(lines))
        return self._trace(scenario, group, called, [_user(1, ask), document], attack=True)

    def _document(self, scenario: Scenario, ask: str, written: str) -> Piece:
        text = scenario.document_en if ask.isascii() else scenario.document_zh
        text = text.replace("{sink}", written).replace("{other}", make_value(scenario.sort, self._rng)[0])
        if self._rng.random() < 0.3:
            text += "\n\n" + self._rng.choice(_FILLER) * 40
        privilege = Privilege.TOOL if scenario.origin.startswith("tool:") else Privilege.MEDIA
        return Piece(("messages", 2, "content"), text, privilege, scenario.origin)

    def _trace(
        self, scenario: Scenario, group: str, value: str | float, pieces: list[Piece], *, attack: bool = False
    ) -> Trace:
        top, listed = scenario.path.removesuffix("[]"), scenario.path.endswith("[]")
        arguments = msgspec.json.encode(scenario.rest | {top: [value] if listed else value}).decode()
        tool, path, kind = scenario.tool, scenario.path, scenario.kind
        return Trace(scenario.name, group, attack, self._said.lot, tuple(pieces), tool, arguments, path, kind)


def _user(at: int, text: str) -> Piece:
    return Piece(("messages", at, "content"), text, Privilege.USER, "user")
