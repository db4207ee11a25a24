"""What any-llm and the vendors' clients raise, translated once: by status first, else by class."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

import msgspec

from fen.upstreams._reading import read_error
from fen.upstreams._refusal import refuse
from fen.wire.errors import ErrorBody, UpstreamFailed, UpstreamRejected

# What any-llm raises, before anything is sent, for a request that it cannot put into the vendor's format.
_UNSENDABLE = frozenset(
    {"UnsupportedParameterError", "InvalidRequestError", "NotImplementedError", "ValueError"}
)
_CHECKED = frozenset({"CompletionParams", "GenerateContentConfig"})  # the models that pydantic reads it into
_UNREACHED = frozenset({
    "ConnectError", "ConnectTimeout", "ConnectTimeoutError", "EndpointConnectionError", "gaierror",
    "ConnectionRefusedError",
})  # fmt: skip
_UNKNOWN_MEMBER = re.compile(r"unexpected keyword argument '(\w+)'")
_MAX_MESSAGE = 2000


def translate(error: Exception, *, begun: bool = False) -> UpstreamFailed:
    """Return what a call failed of; begun: whether an answer had begun, so that the request was right."""
    origin = _origin(error)
    if isinstance(origin, UpstreamFailed):
        return origin
    status = _read_status(error, origin)
    if status is not None and status >= 300 and not begun:
        return refuse(status, _read_body(origin, status), _read_header(origin, "retry-after"))
    if not begun and status is None:
        refused = _read_refusal(error, origin)
        if refused is not None:
            return UpstreamRejected(400, refused)
    if status is not None and not begun:
        return UpstreamFailed(f"found an answer ({status}) that the vendor's client cannot read")
    said = _first_line(origin)
    if any(type(cause).__name__ in _UNREACHED for cause in _chain(origin)):
        return UpstreamFailed(f"no connection to the upstream: {said}", reached=False)
    return UpstreamFailed(f"the upstream's answer failed: {said}")


def _origin(error: Exception) -> Exception:
    """Return what the vendor's client raised, where any-llm wrapped it."""
    origin = getattr(error, "original_exception", None)
    return origin if isinstance(origin, Exception) else error


def _chain(error: BaseException) -> Iterator[BaseException]:
    found: BaseException | None = error
    for _ in range(8):
        if found is None:
            return
        yield found
        found = found.__cause__ or found.__context__


def _read_status(error: Exception, origin: Exception) -> int | None:
    for place in (origin, getattr(origin, "response", None), error):
        status = getattr(place, "status_code", None)
        if isinstance(status, int):
            return status
    status = _botos(origin).get("ResponseMetadata", {}).get("HTTPStatusCode")
    return status if isinstance(status, int) else None


def _read_body(origin: Exception, status: int) -> ErrorBody:
    said = _botos(origin).get("Error")
    if said is not None:
        code = str(said.get("Code") or "upstream_error")
        return ErrorBody(str(said.get("Message") or code)[:_MAX_MESSAGE], code, None, code)
    body: Any = getattr(origin, "body", None) or getattr(origin, "details", None)
    if isinstance(body, Mapping):
        return read_error(msgspec.json.encode(body, enc_hook=str), status)
    message = body if isinstance(body, str) and body else _first_line(origin)
    return ErrorBody(message[:_MAX_MESSAGE], "upstream_error")


def _read_header(origin: Exception, name: str) -> str | None:
    places: list[Any] = [
        getattr(origin, "headers", None),
        getattr(getattr(origin, "response", None), "headers", None),
        _botos(origin).get("ResponseMetadata", {}).get("HTTPHeaders"),
    ]
    for headers in places:
        if isinstance(headers, Mapping):
            for key, value in cast("Mapping[str, Any]", headers).items():
                if key.lower() == name:
                    return str(value)
    return None


def _botos(origin: Exception) -> dict[str, Any]:
    """Return the tree in which AWS' client tells its errors; it is empty for others."""
    response = getattr(origin, "response", None)
    return cast("dict[str, Any]", response) if isinstance(response, dict) else {}


def _read_refusal(error: Exception, origin: Exception) -> ErrorBody | None:
    """Return why the request could not be sent, where that is what happened."""
    kind = type(origin).__name__
    unknown = _UNKNOWN_MEMBER.search(str(origin)) if isinstance(origin, TypeError) else None
    if unknown is not None:
        message = f"found {unknown[1]}, which the vendor's client does not take"
        return ErrorBody(message, "invalid_request_error", unknown[1], "unsupported_parameter")
    if kind == "ValidationError":
        if getattr(origin, "title", None) not in _CHECKED:
            return None
    elif kind not in _UNSENDABLE and kind != "ParamValidationError":
        return None
    code = "unsupported_parameter" if kind.startswith("Unsupported") else None
    return ErrorBody(str(error)[:_MAX_MESSAGE], "invalid_request_error", None, code)


def _first_line(origin: Exception) -> str:
    text = str(getattr(origin, "message", "") or origin).strip()
    return (text.splitlines()[0] if text else type(origin).__name__)[:_MAX_MESSAGE]
