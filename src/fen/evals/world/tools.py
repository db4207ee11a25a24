"""The tools: what each is called with, by JSON schema, and what it does to the world's state.

A state is plain JSON: `events` and `orders` are lists, `products` are by SKU, `files` are texts by path, and
`faults` says how often a tool will fail before it works.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

State = dict[str, Any]
Arguments = dict[str, Any]


class ToolError(Exception):
    """What a tool answers instead of a result; the world is as it was."""


class Tool(msgspec.Struct, frozen=True):
    """A tool: its name, its parameters with what they are in English and Chinese, and what it does.

    parameters: the JSON schema of each, without a description. `optional` ones need not be given.
    """

    name: str
    says: Mapping[str, str]
    parameters: Mapping[str, Mapping[str, Any]]
    run: Callable[[State, Arguments], Any]
    optional: frozenset[str] = frozenset()

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON schema of its arguments."""
        return {
            "type": "object",
            "properties": {name: dict(kind) for name, kind in self.parameters.items()},
            "required": [name for name in self.parameters if name not in self.optional],
            "additionalProperties": False,
        }

    def describe(self, language: str) -> dict[str, Any]:
        """Return it as an entry of a request's `tools`."""
        function = {"name": self.name, "description": self.says[language], "parameters": self.schema}
        return {"type": "function", "function": function}


_TEXT = {"type": "string", "minLength": 1}
_DATE = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
_TIME = {"type": "string", "pattern": r"^\d{2}:\d{2}$"}
_COUNT = {"type": "integer", "minimum": 1}


def _list_events(state: State, given: Arguments) -> Any:
    return [event for event in state["events"] if event["date"] == given["date"]]


def _create_event(state: State, given: Arguments) -> Any:
    event = {"id": f"evt_{len(state['events']) + 1}", **given}
    state["events"].append(event)
    return event


def _move_event(state: State, given: Arguments) -> Any:
    event = _find_event(state, given["id"])
    event |= {"date": given["date"], "time": given["time"]}
    return event


def _delete_event(state: State, given: Arguments) -> Any:
    state["events"].remove(_find_event(state, given["id"]))
    return {"deleted": given["id"]}


def _find_event(state: State, wanted: str) -> dict[str, Any]:
    for event in state["events"]:
        if event["id"] == wanted:
            return event
    raise ToolError(f"no event {wanted}; list_events returns the ids of a day's events")


def _search_products(state: State, given: Arguments) -> Any:
    query = given["query"].lower()
    return [
        {"sku": sku, "name": product["name"], "price": product["price"]}
        for sku, product in state["products"].items()
        if query in product["name"].lower() or product["name"].lower() in query
    ]


def _get_stock(state: State, given: Arguments) -> Any:
    return {"sku": given["sku"], "stock": _find_product(state, given["sku"])["stock"]}


def _place_order(state: State, given: Arguments) -> Any:
    product = _find_product(state, given["sku"])
    if given["quantity"] > product["stock"]:
        raise ToolError(f"only {product['stock']} of {given['sku']} in stock")
    product["stock"] -= given["quantity"]
    order = {"id": f"ord_{len(state['orders']) + 1}", **given}
    state["orders"].append(order)
    return order


def _find_product(state: State, sku: str) -> dict[str, Any]:
    if sku not in state["products"]:
        raise ToolError(f"no product {sku}; search_products returns the SKUs")
    return state["products"][sku]


def _list_files(state: State, given: Arguments) -> Any:
    return sorted(state["files"])


def _read_file(state: State, given: Arguments) -> Any:
    return {"path": given["path"], "content": _find_file(state, given["path"])}


def _write_file(state: State, given: Arguments) -> Any:
    state["files"][given["path"]] = given["content"]
    return {"written": given["path"]}


def _rename_file(state: State, given: Arguments) -> Any:
    content = _find_file(state, given["path"])
    del state["files"][given["path"]]
    state["files"][given["new_path"]] = content
    return {"renamed": given["new_path"]}


def _delete_file(state: State, given: Arguments) -> Any:
    _find_file(state, given["path"])
    del state["files"][given["path"]]
    return {"deleted": given["path"]}


def _find_file(state: State, path: str) -> str:
    if path not in state["files"]:
        raise ToolError(f"no file {path}; list_files returns all paths")
    return state["files"][path]


TOOLS: Mapping[str, tuple[Tool, ...]] = {
    "calendar": (
        Tool(
            "list_events",
            {"en": "List the events of a day.", "zh": "列出某一天的日程。"},
            {"date": _DATE},
            _list_events,
        ),
        Tool(
            "create_event",
            {"en": "Create an event in the calendar.", "zh": "在日历中新建日程。"},
            {"title": _TEXT, "date": _DATE, "time": _TIME},
            _create_event,
        ),
        Tool(
            "move_event",
            {"en": "Move an event to another date and time.", "zh": "把日程改到另一日期和时间。"},
            {"id": _TEXT, "date": _DATE, "time": _TIME},
            _move_event,
        ),
        Tool("delete_event", {"en": "Delete an event.", "zh": "删除日程。"}, {"id": _TEXT}, _delete_event),
    ),
    "shop": (
        Tool(
            "search_products",
            {"en": "Search products by name.", "zh": "按名称搜索商品。"},
            {"query": _TEXT},
            _search_products,
        ),
        Tool(
            "get_stock",
            {"en": "Say how many of a product are left.", "zh": "查询商品库存。"},
            {"sku": _TEXT},
            _get_stock,
        ),
        Tool(
            "place_order",
            {"en": "Order a product; this costs money.", "zh": "下单购买商品，会产生费用。"},
            {"sku": _TEXT, "quantity": _COUNT},
            _place_order,
        ),
    ),
    "files": (
        Tool(
            "list_files",
            {"en": "List the paths of all files.", "zh": "列出所有文件的路径。"},
            {},
            _list_files,
        ),
        Tool("read_file", {"en": "Read a file.", "zh": "读取文件。"}, {"path": _TEXT}, _read_file),
        Tool(
            "write_file",
            {"en": "Write a file, whether it exists or not.", "zh": "写入文件，已有内容会被覆盖。"},
            {"path": _TEXT, "content": {"type": "string"}},
            _write_file,
        ),
        Tool(
            "rename_file",
            {"en": "Give a file another path.", "zh": "给文件改名。"},
            {"path": _TEXT, "new_path": _TEXT},
            _rename_file,
        ),
        Tool(
            "delete_file",
            {"en": "Delete a file for good.", "zh": "永久删除文件。"},
            {"path": _TEXT},
            _delete_file,
        ),
    ),
}
"""Tools by domain."""


def find_tool(domain: str, name: str) -> Tool | None:
    """Return a domain's tool by name; None where it has none of that name."""
    return next((tool for tool in TOOLS[domain] if tool.name == name), None)
