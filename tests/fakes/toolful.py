"""A model that uses the tools of the small world rightly: a reader of its prompts, written by hand."""

import json
import re
from typing import Any

from fen.evals import Response, ToolCall

Body = dict[str, Any]

_DATE = r"\d{4}-\d{2}-\d{2}"
_TIME = r"\d{2}:\d{2}"
_FILE = r"[a-z]+-\d\d\.txt"
_SKU = r"[BCDFG]\d{3}"


def use_tools(body: Body) -> Response:
    """Answer as a model that does what it is asked."""
    messages = body["messages"]
    text: str = messages[1]["content"]
    results = [json.loads(message["content"]) for message in messages if message["role"] == "tool"]
    tools = {tool["function"]["name"] for tool in body["tools"]}
    if "list_events" in tools:
        return _plan(text, results)
    return _shop(text, results) if "place_order" in tools else _file(text, results)


def call(name: str, **arguments: Any) -> ToolCall:
    return ToolCall(name, json.dumps(arguments), f"call_{name}_{len(str(arguments))}")


def calls(*wanted: ToolCall) -> Response:
    return Response(calls=wanted, finish_reason="tool_calls")


def say(text: str) -> Response:
    return Response(text=text, finish_reason="stop")


def _plan(text: str, results: list[Any]) -> Response:
    days, times = re.findall(_DATE, text), re.findall(_TIME, text)
    titles = re.findall(r"[\"“](.+?)[\"”]", text)
    if not titles and times:
        hour, minute = map(int, times[0].split(":"))
        end = hour * 60 + minute + int(re.findall(r"(\d\d) (?:minutes|分钟)", text)[0])
        return say(f"It ends at {end // 60}:{end % 60:02}.")
    if not times and titles:
        return say("At what time? 几点？")
    if not titles:
        return say(str(results)) if results else calls(*(call("list_events", date=day) for day in days))
    if len(days) == 1:
        if results and "error" not in results[-1]:
            return say("Done.")
        return calls(call("create_event", title=titles[0], date=days[0], time=times[0]))
    if not results:
        return calls(call("list_events", date=days[0]))
    if len(results) == 1:
        return calls(call("move_event", id=results[0][0]["id"], date=days[1], time=times[0]))
    return say("Moved.")


def _shop(text: str, results: list[Any]) -> Response:
    skus = re.findall(_SKU, text)
    if re.search("mug|杯子", text):
        one, other = map(int, re.findall(r"\d+", text)[:2])
        return say(f"{one * other}")
    if re.search("in stock|库存？|多少库存", text) and "库存不足" not in text:
        return say(str(results)) if results else calls(*(call("get_stock", sku=sku) for sku in skus))
    if not skus:
        return _buy_cheapest(text, results)
    count = re.findall(r"(?<![BCDFG\d])(\d+)(?!\d)", text)
    if not count:
        return say("How many do you want? 要多少件？")
    if not results:
        return calls(call("place_order", sku=skus[0], quantity=int(count[0])))
    if "error" in results[-1]:
        left = re.findall(r"only (\d+)", results[-1]["error"])
        return calls(call("place_order", sku=skus[0], quantity=int(left[0])))
    return say("Ordered what was left.")


def _buy_cheapest(text: str, results: list[Any]) -> Response:
    if not results:
        name = re.findall(r"cheapest (\w+) that|最便宜的(.+?)。", text)[0]
        return calls(call("search_products", query="".join(name)))
    if len(results) == 1:
        cheapest = min(results[0], key=lambda product: product["price"])
        return calls(call("place_order", sku=cheapest["sku"], quantity=int(re.findall(r"\d+", text)[0])))
    return say("Ordered.")


def _file(text: str, results: list[Any]) -> Response:
    paths = re.findall(_FILE, text)
    if not paths:
        return say(re.findall(r"[\"“]([a-z]+)[\"”]", text)[0][::-1])
    if re.search("at once|一次", text):
        return say(str(results)) if results else calls(*(call("read_file", path=path) for path in paths))
    content = re.findall(r"[\"“](.+?)[\"”]", text)
    if content:
        return say("Written.") if results else calls(call("write_file", path=paths[0], content=content[0]))
    if re.search("Rename|改名", text):
        return say("What is the new name? 新名字是什么？")
    if re.search("Delete|删除", text):
        return _delete(paths[0], results)
    if not results:
        return calls(call("read_file", path=paths[0]))
    if len(results) == 1:
        return calls(call("write_file", path=paths[1], content=results[0]["content"]))
    return say("Copied.")


def _delete(path: str, results: list[Any]) -> Response:
    if not results:
        return calls(call("delete_file", path=path))
    if len(results) == 1:
        return calls(call("list_files"))
    if len(results) == 2:
        return calls(call("delete_file", path=next(found for found in results[1] if found.endswith(path))))
    return say("Deleted.")
