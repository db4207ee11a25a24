"""Ask a model as an evaluation does: through the pipeline, so that calls are priced, limited and recorded."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from fen.app.asking import explain_failure, open_remote
from fen.app.build import open_app
from fen.app.guarding import enforce_guard
from fen.app.settings import Settings
from fen.gateway.guarding import REFUSED as GUARD_REFUSED
from fen.hierarchy.suite import Answer, Prompt, ToolCall
from fen.upstreams import OpenAIUpstream, read_key
from fen.wire.answer import CalledTool, Completion, Whole, join_text
from fen.wire.errors import ConfigError, InvalidRequest, UpstreamFailed
from fen.wire.ports import Outbound
from fen.wire.request import Request, parse_request

TAG = "eval"
"""What the books call the calls of an evaluation."""

ELSEWHERE = "the settings of the Fen at FEN_URL say whether its layer is on"
"""Why the Fen there cannot be asked with and without its layer."""

_REFUSAL = "I can't help with that."  # as the graders know refusals

_read_completion = msgspec.json.Decoder(Completion).decode


class Evaluator:
    """Asks one model; made by `open_evaluator`. It is an `fen.hierarchy.suite.Ask`."""

    def __init__(
        self,
        send: Callable[[Request, bool], Awaitable[bytes]],
        model: str,
        params: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        self._send = send
        self._model = model
        self._params = params

    async def __call__(self, prompt: Prompt, *, guarded: bool) -> Answer:
        """Return the model's answer, with or without Fen's layer around it; raises FenError.

        What the layer refuses is an answer too, the one that its clients get to see.
        """
        body = make_body(prompt, self._model, self._params, guarded=guarded)
        request = parse_request("openai.chat", msgspec.json.encode(body))
        try:
            return read_answer(await self._send(request, guarded))
        except InvalidRequest as error:
            if error.code != GUARD_REFUSED:
                raise
            return Answer(_REFUSAL)


def can_guard(settings: Settings) -> bool:
    """Whether one call can have Fen's layer and the next one not."""
    return not settings.environ.get("FEN_URL")


def make_body(
    prompt: Prompt, model: str, params: Mapping[str, Any] = MappingProxyType({}), *, guarded: bool
) -> dict[str, Any]:
    """Return the request's body; the layer is told which spans nobody vouches for, the model is not.

    params: further members, such as `temperature`; `max_tokens` among them stands instead of the prompt's.
    """
    body: dict[str, Any] = {
        "model": model,
        "messages": prompt.messages,
        "max_tokens": prompt.max_tokens,
        **params,
    }
    if prompt.tools:
        body["tools"] = prompt.tools
    if guarded and prompt.untrusted:
        body["fen"] = {"untrusted": [span.describe() for span in prompt.untrusted]}
    return body


@contextlib.asynccontextmanager
async def open_evaluator(
    settings: Settings,
    model: str,
    params: Mapping[str, Any] = MappingProxyType({}),
    *,
    guarded: bool = True,
) -> AsyncGenerator[Evaluator, None]:
    """Open what asks a model: the Fen at `FEN_URL` with the key in `FEN_API_KEY`, else one in this process.

    params: as `make_body` takes them. guarded: whether some calls will have Fen's layer around them: it is
    then there whatever the settings' mode is, and each call says whether it wants it. Raises ConfigError.
    """
    url = settings.environ.get("FEN_URL")
    if url:
        upstream = open_remote(url, read_key("FEN_API_KEY", settings.environ))

        async def ask_there(request: Request, guarded: bool) -> bytes:
            if guarded:
                raise ConfigError(f"found a call with Fen's layer, expected one without: {ELSEWHERE}")
            return await _ask_there(upstream, url, request)

        try:
            yield Evaluator(ask_there, model, params)
        finally:
            await upstream.close()
        return
    async with open_app(enforce_guard(settings) if guarded else settings) as app:

        async def ask_here(request: Request, guarded: bool) -> bytes:
            return (await app.answer(request, TAG, guarded=guarded)).body

        yield Evaluator(ask_here, model, params)


async def _ask_there(upstream: OpenAIUpstream, url: str, request: Request) -> bytes:
    try:
        answer = await upstream.send(Outbound(request, request.view.model, False, TAG))
    except UpstreamFailed as error:
        raise explain_failure(error, url) from None
    assert isinstance(answer, Whole)
    return answer.body


def read_answer(body: bytes) -> Answer:
    """Return the text and the calls of a completion's first choice; a refusal is text."""
    choices = _read_completion(body).choices
    message = choices[0].message if choices else None
    if message is None:
        return Answer()
    calls = tuple(_read_call(call) for call in message.tool_calls or ())
    return Answer(join_text(message.content) or message.refusal or "", calls)


def _read_call(call: CalledTool) -> ToolCall:
    function = call.function
    if function is None:
        return ToolCall("")
    given = function.arguments
    text = given if isinstance(given, str) else msgspec.json.encode(given).decode()
    return ToolCall(function.name or "", text)
