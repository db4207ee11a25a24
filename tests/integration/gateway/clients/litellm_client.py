"""litellm as a client: `python litellm_client.py URL MODEL` prints what it got as JSON."""

# It runs in an environment of its own (scripts/clients.sh), which the type checker does not see.
# pyright: reportMissingImports=false

from __future__ import annotations

import json
import sys
from typing import Any

import litellm

TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}


def say(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


def main(url: str, model: str) -> None:
    common: dict[str, Any] = {"model": f"openai/{model}", "api_base": url + "/v1", "api_key": "unused"}
    whole = litellm.completion(**common, messages=say("Hello [[tokens-9]]"))
    asked = {"stream": True, "stream_options": {"include_usage": True}}
    chunks = list(litellm.completion(**common, messages=say("Hello [[tokens-9]]"), **asked))
    usages = [chunk.usage for chunk in chunks if getattr(chunk, "usage", None) is not None]
    called = litellm.completion(**common, messages=say("get_weather"), tools=[TOOL], tool_choice="required")
    [call] = called.choices[0].message.tool_calls
    answered = litellm.responses(**common, input="Hello [[tokens-9]]")
    events = list(litellm.responses(**common, input="Hello [[tokens-9]]", stream=True))
    try:
        litellm.completion(**common, messages=say("[[status-429]]"), max_retries=0)
        error = None
    except litellm.RateLimitError as refused:
        error = type(refused).__name__
    told = {
        "whole": whole.choices[0].message.content,
        "usage": whole.usage.completion_tokens,
        "stream": "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices),
        "stream_usage": usages[-1].completion_tokens,
        "tool": [call.function.name, json.loads(call.function.arguments)],
        "response": answered.output[-1].content[0].text,
        "response_stream": "".join(
            event.delta for event in events if event.type == "response.output_text.delta"
        ),
        "error": error,
    }
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
