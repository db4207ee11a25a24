"""Anthropic's error object, made of any error of Fen's."""

from __future__ import annotations

import msgspec

from fen.wire.errors import FenError


class AnthropicErrorBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """The inside of the error object; `code` and `param` are Fen's, and absent where there is none."""

    type: str
    message: str
    code: str | None = None
    param: str | None = None


class AnthropicError(msgspec.Struct, frozen=True, tag="error", tag_field="type", omit_defaults=True):
    """Anthropic's error object, as a response body or as the data of an `error` event."""

    error: AnthropicErrorBody
    request_id: str | None = None


_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    503: "overloaded_error",
    504: "timeout_error",
    529: "overloaded_error",
}


def type_of(status: int) -> str:
    """Return Anthropic's name for what a status says went wrong."""
    return _TYPES.get(status) or ("invalid_request_error" if 400 <= status < 500 else "api_error")


def to_error(error: FenError) -> AnthropicError:
    """Return Anthropic's error object for an error; the status stays the error's own."""
    body = AnthropicErrorBody(type_of(error.status), error.message, error.code, error.param)
    return AnthropicError(body, error.request_id)
