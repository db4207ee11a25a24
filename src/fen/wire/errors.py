"""The one error tree. Each error says what was found and what was expected.

FenError
├── InvalidRequest        400  the request is malformed
│   ├── ContextLengthExceeded   it does not fit the model's window
│   └── Unsupported             the model lacks what it asks for
├── Unauthenticated       401  no key, or one that is not known
├── BudgetExceeded        402  what is settled leaves too little
├── Forbidden             403  the key or the peer may not do this
├── NotFound              404  no such model, request or route
├── MethodNotAllowed      405  the route does not take this method
├── RequestTooSlow        408  the client did not finish its request
├── ModelRetired          410  the vendor serves the model no more
├── TooLarge              413  the body is over the limit
├── RateLimited           429  too much at once; retry later
│   └── BudgetBusy        only open holds stand in the way of the budget
├── Internal              500  a fault of Fen's own
├── Overloaded            503  too many requests in flight
├── BooksUnavailable      503  the ledger cannot be written, so nothing is sent
├── UpstreamFailed        502  the upstream broke, or could not be reached
│   ├── UpstreamTimeout   504  a deadline passed
│   ├── UpstreamPaused    503  it kept failing, and is left alone for now
│   │   └── UpstreamBusy  429  it works, and asked to be left alone for now
│   └── UpstreamRejected  its own status: the upstream refused the request
└── ConfigError           (no status) settings stop the start
"""

from __future__ import annotations

import msgspec

UNTRANSLATABLE = "untranslatable"
"""The code of what has no counterpart in the other wire format."""


class ErrorBody(msgspec.Struct, frozen=True):
    """The inside of OpenAI's error object."""

    message: str
    type: str
    param: str | None = None
    code: str | None = None


class ErrorObject(msgspec.Struct, frozen=True):
    """OpenAI's error object, as a response body or as a stream event."""

    error: ErrorBody


class FenError(Exception):
    """Anything that Fen refuses or that failed, ready to be told to the client.

    told: response headers of the call that it ended, such as its rates.
    """

    status = 500
    type = "api_error"
    code: str | None = None

    def __init__(self, message: str, *, param: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.param = param
        self.request_id: str | None = None
        self.told: tuple[tuple[str, str], ...] = ()
        if code is not None:
            self.code = code

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """Response headers that belong to this error."""
        return ()

    def to_object(self) -> ErrorObject:
        """Return OpenAI's error object for this error."""
        return ErrorObject(ErrorBody(self.message, self.type, self.param, self.code))


class InvalidRequest(FenError):
    """The request is malformed."""

    status = 400
    type = "invalid_request_error"


class ContextLengthExceeded(InvalidRequest):
    """The request does not fit the model's context window or output limit."""

    code = "context_length_exceeded"


class Unsupported(InvalidRequest):
    """The model lacks an ability that the request needs."""

    code = "unsupported_value"


class Unauthenticated(FenError):
    """No key was given, or one that Fen does not know."""

    status = 401
    type = "authentication_error"
    code = "invalid_api_key"


class BudgetExceeded(FenError):
    """What is settled leaves too little for this call."""

    status = 402
    type = "insufficient_quota"
    code = "budget_exceeded"


class Forbidden(FenError):
    """The key or the peer may not do this."""

    status = 403
    type = "permission_error"
    code = "forbidden"


class NotFound(FenError):
    """There is no such model, request or route."""

    status = 404
    type = "invalid_request_error"
    code = "not_found"


class ModelRetired(FenError):
    """The vendor serves the model no more, and nothing stands in for it."""

    status = 410
    type = "invalid_request_error"
    code = "model_retired"


class MethodNotAllowed(FenError):
    """The route does not take this method; `allow` lists those it takes."""

    status = 405
    type = "invalid_request_error"
    code = "method_not_allowed"

    def __init__(self, message: str, *, allow: str) -> None:
        super().__init__(message)
        self.allow = allow

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """`allow`, as the status demands."""
        return (("allow", self.allow),)


class RequestTooSlow(FenError):
    """The client did not finish its request."""

    status = 408
    type = "invalid_request_error"
    code = "request_too_slow"


class TooLarge(FenError):
    """The body is over the limit."""

    status = 413
    type = "invalid_request_error"
    code = "request_too_large"


class RateLimited(FenError):
    """Too much at once; `retry_after` is in seconds."""

    status = 429
    type = "rate_limit_error"
    code = "rate_limit_exceeded"

    def __init__(self, message: str, *, retry_after: float, code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.retry_after = retry_after

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """`retry-after` in whole seconds, rounded up."""
        return (("retry-after", str(max(1, -int(-self.retry_after // 1)))),)


class BudgetBusy(RateLimited):
    """Only open holds stand in the way of the budget, and they did not go in time."""

    code = "budget_busy"


class Internal(FenError):
    """A fault of Fen's own; the message names the request id and nothing else."""

    code = "internal_error"


class Overloaded(FenError):
    """Too many requests in flight."""

    status = 503
    type = "server_error"
    code = "overloaded"

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """Clients wait one second before they try again."""
        return (("retry-after", "1"),)


class BooksUnavailable(FenError):
    """The ledger cannot be written, so nothing is sent."""

    status = 503
    type = "server_error"
    code = "books_unavailable"


class UpstreamFailed(FenError):
    """The upstream broke, or could not be reached; `reached` tells whether it may have begun to work."""

    status = 502
    type = "upstream_error"
    code = "upstream_failed"

    def __init__(self, message: str, *, reached: bool = True, code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.reached = reached


class UpstreamTimeout(UpstreamFailed):
    """A deadline of an upstream call passed."""

    status = 504
    code = "upstream_timeout"


class UpstreamPaused(UpstreamFailed):
    """The upstream kept failing, so nothing was sent; `retry_after` is in seconds."""

    status = 503
    code = "upstream_paused"

    def __init__(self, message: str, *, retry_after: float) -> None:
        super().__init__(message, reached=False)
        self.retry_after = retry_after

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """`retry-after` in whole seconds, rounded up."""
        return (("retry-after", str(max(1, -int(-self.retry_after // 1)))),)


class UpstreamBusy(UpstreamPaused):
    """The upstream works and asked to be left alone, by a 429 of a moment ago; nothing was sent.

    The status is the one that the upstream itself would give, so that clients wait instead of looking for a
    fault.
    """

    status = 429
    type = "rate_limit_error"
    code = "upstream_busy"


class UpstreamRejected(UpstreamFailed):
    """The upstream refused the request; its status and error object are handed on."""

    def __init__(self, status: int, body: ErrorBody, retry_after: str | None = None) -> None:
        super().__init__(body.message, code=body.code)
        self.status = status
        self.type = body.type
        self.param = body.param
        self.retry_after = retry_after

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """The upstream's own `retry-after`, where it sent one."""
        return (("retry-after", self.retry_after),) if self.retry_after else ()


class ConfigError(FenError):
    """Settings that stop the start; the message has file, line, what was found and what was expected."""
