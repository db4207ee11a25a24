"""LangChain's ChatOpenAI: `python langchain_client.py URL MODEL` prints what it got as JSON."""

# It runs in an environment of its own (scripts/clients.sh), which the type checker does not see.
# pyright: reportMissingImports=false

from __future__ import annotations

import json
import sys

from langchain_core.messages import ToolMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI


@tool
def get_weather(city: str) -> str:
    """Tell the weather of a city."""
    return f"4 degrees in {city}"


def main(url: str, model: str) -> None:
    common = {"model": model, "base_url": url + "/v1", "api_key": "unused", "max_retries": 0}
    chat = ChatOpenAI(**common, stream_usage=True)
    whole = chat.invoke("Hello [[tokens-9]]")
    chunks = list(chat.stream("Hello [[tokens-9]]"))
    total = chunks[0]
    for chunk in chunks[1:]:
        total += chunk
    with_tool = chat.bind_tools([get_weather], tool_choice="required")
    called = with_tool.invoke("What is the weather? Use get_weather.")
    [call] = called.tool_calls
    result = ToolMessage(get_weather.invoke(call["args"]), tool_call_id=call["id"])
    after = chat.bind_tools([get_weather]).invoke([("user", "The weather?"), called, result])
    responses = ChatOpenAI(**common, use_responses_api=True)
    answered = responses.invoke("Hello [[tokens-9]]")
    streamed = "".join(chunk.text for chunk in responses.stream("Hello [[tokens-9]]"))
    told = {
        "whole": whole.content,
        "usage": whole.usage_metadata["output_tokens"],
        "stream": total.content,
        "stream_usage": total.usage_metadata["output_tokens"],
        "chunks": len(chunks),
        "tool": [call["name"], call["args"]],
        "after": after.content,
        "response": answered.text,
        "response_usage": answered.usage_metadata["output_tokens"],
        "response_stream": streamed,
    }
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
