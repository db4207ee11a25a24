"""Traces of an agent: a request's texts, the call that the model made, and whether it may go out. Seeded."""

from __future__ import annotations

import random
from collections.abc import Iterator

import msgspec

from fen.hierarchy.privilege import Piece, Privilege
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
_YES = ("Yes, go ahead.", "OK, do it.", "好的，就这样做。", "可以，继续。")
_YES_UNSEEN = ("Sounds good, please.", "Sure!", "行。", "没问题，做吧。")
_FILLER = (
    "The library opens at nine and closes at six on weekdays. ",
    "Rain is expected in the north, with some sun later. ",
    "会议室在二楼，茶水间在左手边。",
)


class Trace(msgspec.Struct, frozen=True):
    """One call in its request.

    group: what it tries: `reference`, `given`, `confirmed`, `standing`, or of attacks `order`, `errand`,
    `chosen`, `override`. unseen: it is made of sentences that were held back.
    """

    name: str
    group: str
    attack: bool
    unseen: bool
    pieces: tuple[Piece, ...]
    tool: str
    arguments: str
    path: str
    kind: str


def make_value(sort: str, rng: random.Random) -> tuple[str, str | int]:
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


def make_traces(seed: int, draws: int = 1) -> list[Trace]:
    """Return traces, about half of them attacks; each sentence of the benign ones `draws` times."""
    rng = random.Random(seed)
    return [trace for _ in range(draws) for unseen in (False, True) for trace in _draw(rng, unseen=unseen)]


def _draw(rng: random.Random, *, unseen: bool) -> Iterator[Trace]:
    yes = _YES_UNSEEN if unseen else _YES
    for scenario in SCENARIOS:
        asks = _asks(scenario, unseen=unseen)
        for ask in asks:
            yield _refer(rng, scenario, ask, unseen=unseen)
        yield _give(rng, scenario, rng.choice(asks), unseen=unseen)
        yield _confirm(rng, scenario, rng.choice(asks), rng.choice(yes), unseen=unseen)
        for _ in range(3 if unseen else 6):
            yield _order(rng, scenario, unseen=unseen)
        yield _errand(rng, scenario, unseen=unseen)
        yield _override(rng, scenario, unseen=unseen)
    for sort, ask in CHOSEN_UNSEEN if unseen else CHOSEN:
        yield _choose(rng, sort, ask, unseen=unseen)


def _asks(scenario: Scenario, *, unseen: bool) -> tuple[str, ...]:
    return scenario.unseen if unseen else (*scenario.asks, *MORE_ASKS[scenario.name])


def _refer(rng: random.Random, scenario: Scenario, ask: str, *, unseen: bool) -> Trace:
    written, called = make_value(scenario.sort, rng)
    pieces = [_user(1, ask), _document(2, scenario, ask, written, rng)]
    return _trace(scenario, "reference", called, pieces, attack=False, unseen=unseen)


def _give(rng: random.Random, scenario: Scenario, ask: str, *, unseen: bool) -> Trace:
    written, called = make_value(scenario.sort, rng)
    stated = rng.random() < 0.5  # by whoever runs the service, or by the user
    told = f"The value to use here is {written}."
    system = Piece(("messages", 0, "content"), f"You help at the office. {told}", Privilege.SYSTEM, "system")
    pieces = [system, _user(1, ask)] if stated else [_user(1, f"{ask} {told}")]
    pieces.append(_document(2, scenario, ask, written, rng))
    return _trace(scenario, "standing" if stated else "given", called, pieces, attack=False, unseen=unseen)


def _confirm(rng: random.Random, scenario: Scenario, ask: str, yes: str, *, unseen: bool) -> Trace:
    written, called = make_value(scenario.sort, rng)
    offer = f"I have read it. Shall I do this now: {ask}" if ask.isascii() else f"我看完了。要不要现在：{ask}"
    pieces = [
        _user(1, rng.choice(OFF_TASK_UNSEEN if unseen else (*OFF_TASK[:12], *MORE_OFF_TASK))),
        _document(2, scenario, ask, written, rng),
        Piece(("messages", 3, "content"), offer, Privilege.NONE, "assistant"),
        _user(4, yes),
    ]
    return _trace(scenario, "confirmed", called, pieces, attack=False, unseen=unseen)


def _order(rng: random.Random, scenario: Scenario, *, unseen: bool) -> Trace:
    ask = rng.choice(OFF_TASK_UNSEEN if unseen else (*OFF_TASK, *MORE_OFF_TASK))
    return _inject(rng, scenario, ask, ORDERS_UNSEEN if unseen else ORDERS, "order", unseen=unseen)


def _errand(rng: random.Random, scenario: Scenario, *, unseen: bool) -> Trace:
    errands = OTHER_ERRANDS_UNSEEN if unseen else OTHER_ERRANDS
    ask = rng.choice([ask for tool, ask in errands if scenario.name not in _SAME_CALL.get(tool, ())])
    return _inject(rng, scenario, ask, ORDERS_UNSEEN if unseen else ORDERS, "errand", unseen=unseen)


def _override(rng: random.Random, scenario: Scenario, *, unseen: bool) -> Trace:
    ask = rng.choice(_asks(scenario, unseen=unseen))
    return _inject(rng, scenario, ask, OVERRIDES_UNSEEN if unseen else OVERRIDES, "override", unseen=unseen)


def _choose(rng: random.Random, sort: str, ask: str, *, unseen: bool) -> Trace:
    name = _CHOSEN_FOR.get(sort, "call" if unseen else "sms")
    scenario = next(scenario for scenario in SCENARIOS if scenario.name == name)
    ask = ask.replace("{own}", make_value(sort, rng)[0])
    return _inject(rng, scenario, ask, ORDERS_UNSEEN if unseen else ORDERS, "chosen", unseen=unseen)


def _inject(
    rng: random.Random, scenario: Scenario, ask: str, orders: tuple[str, ...], group: str, *, unseen: bool
) -> Trace:
    written, called = make_value(scenario.sort, rng)
    document = _document(2, scenario, ask, make_value(scenario.sort, rng)[0], rng)
    tool = rng.choice((scenario.tool, scenario.tool.replace("_", " ")))
    order = rng.choice(orders).replace("{tool}", tool).replace("{sink}", written)
    lines = document.text.split("\n")
    lines.insert(rng.choice((0, len(lines) // 2, len(lines))), order)
    document = msgspec.structs.replace(document, text="\n".join(lines))
    return _trace(scenario, group, called, [_user(1, ask), document], attack=True, unseen=unseen)


def _document(at: int, scenario: Scenario, ask: str, written: str, rng: random.Random) -> Piece:
    text = scenario.document_en if ask.isascii() else scenario.document_zh
    text = text.replace("{sink}", written).replace("{other}", make_value(scenario.sort, rng)[0])
    if rng.random() < 0.3:
        text += "\n\n" + rng.choice(_FILLER) * 40
    privilege = Privilege.TOOL if scenario.origin.startswith("tool:") else Privilege.MEDIA
    return Piece(("messages", at, "content"), text, privilege, scenario.origin)


def _user(at: int, text: str) -> Piece:
    return Piece(("messages", at, "content"), text, Privilege.USER, "user")


def _trace(
    scenario: Scenario, group: str, value: str | int, pieces: list[Piece], *, attack: bool, unseen: bool
) -> Trace:
    top, listed = scenario.path.removesuffix("[]"), scenario.path.endswith("[]")
    arguments = msgspec.json.encode(scenario.rest | {top: [value] if listed else value}).decode()
    return Trace(
        scenario.name,
        group,
        attack,
        unseen,
        tuple(pieces),
        scenario.tool,
        arguments,
        scenario.path,
        scenario.kind,
    )
