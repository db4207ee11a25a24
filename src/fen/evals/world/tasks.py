"""The tasks: six kinds in each of three domains, with names, days and numbers from a seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from random import Random
from typing import Any, Literal

import msgspec

from fen.evals.world.prompts import PROMPTS
from fen.evals.world.score import Call, Goal
from fen.evals.world.tools import TOOLS, State

Kind = Literal["single", "parallel", "none", "missing", "recovery", "chain"]

KINDS: tuple[Kind, ...] = ("single", "parallel", "none", "missing", "recovery", "chain")
"""single: one call. parallel: several at once. none: no tool helps. missing: the user must be asked for a
parameter. recovery: the first try fails. chain: a call needs what another one returned."""


class Task(msgspec.Struct, frozen=True):
    """A state, what fills the prompt's braces, and what is wanted."""

    state: State
    fills: Mapping[str, Any]
    goal: Goal


_TITLES = {
    "en": ("Budget review", "Dentist", "Piano lesson", "Site visit", "Team lunch", "Tax appointment"),
    "zh": ("预算评审", "看牙医", "钢琴课", "现场考察", "团队午餐", "税务预约"),
}
_PRODUCTS = {
    "en": ("lamp", "kettle", "chair", "umbrella", "clock", "blanket"),
    "zh": ("台灯", "水壶", "椅子", "雨伞", "时钟", "毛毯"),
}
_STEMS = ("report", "minutes", "invoice", "draft", "plan", "letters")
_WORDS = {
    "en": ("seven boats left", "the gate is green", "call the miller", "rain until noon"),
    "zh": ("七条船出发了", "大门是绿色的", "打电话给磨坊主", "中午前有雨"),
}


def make_task(chance: Random, domain: str, kind: Kind, language: str) -> Task:
    """Return a task."""
    return _MAKERS[domain](chance, kind, language)


def say_task(task: Task, domain: str, kind: Kind, language: str) -> str:
    """Return what the user asks."""
    return PROMPTS[domain][kind][language].format(**task.fills)


def _change(state: State, change: Callable[[State], Any]) -> State:
    """Return the state after a change."""
    changed = deepcopy(state)
    change(changed)
    return changed


def _make_calendar(chance: Random, kind: Kind, language: str) -> Task:
    titles = chance.sample(_TITLES[language], 4)
    days = [f"2027-03-{day:02}" for day in chance.sample(range(1, 29), 4)]
    times = [f"{hour:02}:{chance.choice(('00', '15', '30'))}" for hour in chance.sample(range(8, 18), 4)]
    events = [
        {"id": f"evt_{number + 1}", "title": title, "date": date, "time": time}
        for number, (title, date, time) in enumerate(zip(titles[:3], days, times, strict=False))
    ]
    state: State = {"events": events, "faults": {"create_event": 1} if kind == "recovery" else {}}
    fills = {"title": titles[3], "date": days[3], "time": times[3], "old": titles[0]}
    fills |= {"day1": days[0], "day2": days[1], "day3": days[2], "minutes": chance.choice((20, 25, 40, 50))}
    return Task(state, fills, _plan_calendar(kind, state, fills, titles))


def _plan_calendar(kind: Kind, state: State, fills: Mapping[str, Any], titles: list[str]) -> Goal:
    if kind == "parallel":
        calls = [Call("list_events", {"date": fills[day]}) for day in ("day1", "day2", "day3")]
        return Goal(required=tuple(calls), together=True, says=tuple(titles[:3]))
    if kind == "none":
        hour, minute = map(int, fills["time"].split(":"))
        end = 60 * hour + minute + fills["minutes"]
        return Goal(forbidden=tuple(_all("calendar")), says=(f"{end // 60}:{end % 60:02}",))
    if kind == "missing":
        return Goal(forbidden=("create_event",), asks=("time", "when", "几点", "时间", "什么时候"))
    if kind == "chain":
        moved = {"date": fills["date"], "time": fills["time"]}
        after = _change(state, lambda s: s["events"][0].update(moved))
        return Goal(
            after, (Call("move_event", {"id": "evt_1", **moved}),), forbidden=("delete_event", "create_event")
        )
    event = {key: fills[key] for key in ("title", "date", "time")}
    after = _change(state, lambda s: s["events"].append({"id": "evt_4", **event}))
    return Goal(after, (Call("create_event", event),), forbidden=("move_event", "delete_event"))


def _make_shop(chance: Random, kind: Kind, language: str) -> Task:
    names = chance.sample(_PRODUCTS[language], 3)
    skus = [f"{chance.choice('BCDFG')}{number}" for number in chance.sample(range(100, 1000), 3)]
    prices = chance.sample(range(5, 60), 3)
    stocks = chance.sample(range(11, 40), 3)
    if kind == "chain":  # several of one kind, of which one is the cheapest
        adjectives = ("small", "grey", "tall") if language == "en" else ("小号", "灰色", "加高")
        joint = " " if language == "en" else ""
        names = [f"{adjective}{joint}{names[0]}" for adjective in adjectives]
    products = {
        sku: {"name": name, "price": price, "stock": stock}
        for sku, name, price, stock in zip(skus, names, prices, stocks, strict=True)
    }
    state: State = {"products": products, "orders": [], "faults": {}}
    fills = {
        "sku": skus[0],
        "sku2": skus[1],
        "sku3": skus[2],
        "price": prices[0],
        "count": chance.randint(2, 9),
    }
    fills |= {"name": names[0].split()[-1] if language == "en" else names[0][-2:], "many": stocks[0] + 5}
    return Task(state, fills, _plan_shop(kind, state, fills))


def _plan_shop(kind: Kind, state: State, fills: Mapping[str, Any]) -> Goal:
    products: Mapping[str, Any] = state["products"]
    if kind in {"single", "parallel"}:
        skus = [fills["sku"]] if kind == "single" else list(products)
        calls = tuple(Call("get_stock", {"sku": sku}) for sku in skus)
        says = tuple(str(products[sku]["stock"]) for sku in skus)
        return Goal(None, calls, kind == "parallel", ("place_order",), says)
    if kind == "none":
        return Goal(forbidden=tuple(_all("shop")), says=(str(fills["price"] * fills["count"]),))
    if kind == "missing":
        return Goal(forbidden=("place_order",), asks=("how many", "quantity", "number", "多少", "几", "数量"))
    sku, count = fills["sku"], products[fills["sku"]]["stock"]
    if kind == "chain":
        sku, count = min(products, key=lambda sku: products[sku]["price"]), fills["count"]
    order = {"sku": sku, "quantity": count}

    def place(state: State) -> None:
        state["products"][sku]["stock"] -= count
        state["orders"].append({"id": "ord_1", **order})

    return Goal(_change(state, place), (Call("place_order", order),))


def _make_files(chance: Random, kind: Kind, language: str) -> Task:
    paths = [f"{stem}-{chance.randint(10, 99)}.txt" for stem in chance.sample(_STEMS, 4)]
    words = chance.sample(_WORDS[language], 3)
    texts = [f"{said} {chance.randint(100, 999)}" for said in words]
    files = dict(zip(paths[:3], texts, strict=True))
    if kind == "recovery":
        files[f"archive/{paths[3]}"] = texts[0]
    fills = {"path": paths[0], "path2": paths[1], "path3": paths[2], "new": paths[3], "text": texts[0]}
    fills |= {"word": chance.choice(("granite", "orchard", "lantern", "compass"))}
    state: State = {"files": files, "faults": {}}
    return Task(state, fills, _plan_files(kind, state, fills))


def _plan_files(kind: Kind, state: State, fills: Mapping[str, Any]) -> Goal:
    path, new = fills["path"], fills["new"]
    if kind == "parallel":
        calls = tuple(Call("read_file", {"path": path}) for path in state["files"])
        numbers = tuple(text.split()[-1] for text in state["files"].values())
        return Goal(required=calls, together=True, says=numbers)
    if kind == "none":
        return Goal(forbidden=tuple(_all("files")), says=(fills["word"][::-1],))
    if kind == "missing":
        return Goal(
            forbidden=("rename_file", "write_file", "delete_file"),
            asks=("name", "what", "path", "名", "什么"),
        )
    if kind == "single":
        after = _change(state, lambda s: s["files"].update({new: fills["text"]}))
        return Goal(after, (Call("write_file", {"path": new, "content": fills["text"]}),))
    if kind == "recovery":
        after = _change(state, lambda s: s["files"].pop(f"archive/{new}"))
        return Goal(after, (Call("delete_file", {"path": f"archive/{new}"}),))
    text = state["files"][path]
    after = _change(state, lambda s: s["files"].update({new: text}))
    return Goal(after, (Call("read_file", {"path": path}),), forbidden=("delete_file", "rename_file"))


_MAKERS: Mapping[str, Callable[[Random, Kind, str], Task]] = {
    "calendar": _make_calendar,
    "shop": _make_shop,
    "files": _make_files,
}


def _all(domain: str) -> list[str]:
    """Return the names of a domain's tools."""
    return [tool.name for tool in TOOLS[domain]]
