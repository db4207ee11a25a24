"""The API: hot routes as plain ASGI, everything else on Starlette."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec.structs import replace
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from fen.accounts import Key
from fen.app.reading import find_request
from fen.catalogue import describe
from fen.gateway import Parts, identify
from fen.ledger import describe_entry
from fen.routing.show import describe_route
from fen.web.api.arena import ArenaRoutes
from fen.web.api.batches import BatchRoutes
from fen.web.api.endpoint import Endpoint
from fen.web.api.errors import error_response, log_fault, translate
from fen.web.api.feedback import FeedbackRoute
from fen.web.api.guard import GuardEndpoint
from fen.web.api.messages import CountEndpoint, MessagesEndpoint
from fen.web.api.openapi import make_document
from fen.web.api.reading import read_caller
from fen.web.api.responses import ResponsesEndpoint
from fen.web.api.service import Service
from fen.wire.errors import FenError, MethodNotAllowed, NotFound

Handler = Callable[[HttpRequest], Awaitable[Response]]


class Api:
    """The ASGI application under `/v1`, `/healthz`, `/readyz`, `/metrics`."""

    def __init__(self, service: Service) -> None:
        self._hot = {
            "/v1/chat/completions": Endpoint(service, "openai.chat"),
            "/v1/guard": GuardEndpoint(service),
            "/v1/embeddings": Endpoint(service, "openai.embeddings"),
            "/v1/messages": MessagesEndpoint(service),
            "/v1/messages/count_tokens": CountEndpoint(service),
            "/v1/responses": ResponsesEndpoint(service),
        }
        self._rest = Starlette(
            routes=_Routes(service).table(),
            exception_handlers={FenError: _on_fen_error, HTTPException: _on_http_error},
        )
        self._rest.router.redirect_slashes = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Dispatch by path."""
        if scope["type"] == "http":
            endpoint = self._hot.get(scope["path"])
            if endpoint is not None:
                await endpoint(scope, receive, send)
                return
        await self._rest(scope, receive, send)


class _Routes:
    def __init__(self, service: Service) -> None:
        self._service = service

    def table(self) -> list[Route]:
        handlers: dict[str, Handler] = {
            "/healthz": self.healthz,
            "/readyz": self.readyz,
            "/metrics": self.metrics,
            "/openapi.json": self.openapi,
            "/v1/models": self.models,
            "/v1/models/{id:path}": self.model,
            "/v1/requests/{id}": self.request,
        }
        routes = [Route(path, _guard(handler)) for path, handler in handlers.items()]
        if self._service.batches is not None:
            deferred = BatchRoutes(self._service.batches, self._admit).table()
            routes += [Route(path, _guard(handler), methods=methods) for path, methods, handler in deferred]
        if self._service.feedback is not None:
            given = FeedbackRoute(self._service.feedback, self._admit)
            routes.append(Route("/v1/feedback", _guard(given.give), methods=["POST"]))
        if self._service.arena is not None:
            battles = ArenaRoutes(self._service, self._service.arena, self._admit).table()
            routes += [Route(path, _guard(handler), methods=methods) for path, methods, handler in battles]
        return routes

    async def healthz(self, _: HttpRequest) -> Response:
        return _json({"status": "ok"})

    async def readyz(self, _: HttpRequest) -> Response:
        lacking = await self._service.ready()
        if lacking:
            return _json({"status": "not ready", "lacking": lacking}, 503)
        degraded = await self._service.degraded() if self._service.degraded is not None else {}
        found: dict[str, object] = {"status": "degraded" if degraded else "ready", "lacking": {}}
        if degraded:
            found["degraded"] = degraded
        routes = self._service.pipeline.parts.routes.items()
        if artefacts := {name: route.decider.artefact for name, route in routes if route.decider.artefact}:
            found["artefacts"] = artefacts
        # Whether a call can be served is another question for each model, so these fail nothing.
        breakers = self._service.pipeline.parts.breakers
        views = (replace(view, seconds=round(view.seconds, 1)) for view in breakers.snapshot())
        if paused := [view for view in views if view.state != "closed"]:
            found["upstreams"] = paused
        return _json(found)

    async def metrics(self, request: HttpRequest) -> Response:
        await self._admit(request)
        gather = self._service.gather
        body, kind = self._service.render_metrics() if gather is None else await gather()
        return Response(body, headers={"content-type": kind})

    async def openapi(self, _: HttpRequest) -> Response:
        return _json(make_document())

    async def models(self, request: HttpRequest) -> Response:
        await self._admit(request)
        parts = self._service.pipeline.parts
        now = datetime.now(UTC)
        cards = [card for card in parts.catalogue.cards() if card.upstream in parts.upstreams]
        found = [describe(card, parts.catalogue, now) for card in cards]
        found += [_describe_route(name, parts, now) for name in parts.routes]
        return _json({"object": "list", "data": found})

    async def model(self, request: HttpRequest) -> Response:
        await self._admit(request)
        parts = self._service.pipeline.parts
        wanted = request.path_params["id"]
        if wanted in parts.routes:
            return _json(_describe_route(wanted, parts, datetime.now(UTC)))
        card = parts.catalogue.find(wanted)
        if card is None:
            message = f"model: found {wanted[:200]!r}, expected one of those that GET /v1/models lists"
            raise NotFound(message, param="model", code="model_not_found")
        return _json(describe(card, parts.catalogue, datetime.now(UTC)))

    async def request(self, request: HttpRequest) -> Response:
        key = await self._admit(request)
        book, key_id = self._service.pipeline.parts.book, None if key is None else key.id
        entries = await find_request(book, request.path_params["id"], key_id)
        return _json(
            {"id": request.path_params["id"], "attempts": [describe_entry(entry) for entry in entries]}
        )

    async def _admit(self, request: HttpRequest) -> Key | None:
        caller, _ = read_caller(request.scope, dict(request.scope["headers"]))
        return await identify(caller, self._service.pipeline.parts)


def _describe_route(name: str, parts: Parts, at: datetime) -> dict[str, Any]:
    route = parts.routes[name]
    return describe_route(route.policy, parts.catalogue, at, route.decider.artefact)


def _json(value: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status, {"content-type": "application/json"})


def _guard(handler: Handler) -> Handler:
    """Let a fault of our own reach the client as an error object, and the log in full."""

    async def guarded(request: HttpRequest) -> Response:
        try:
            return await handler(request)
        except (FenError, HTTPException):
            raise
        except Exception as fault:  # noqa: BLE001 (the edge: it is logged, and the client told nothing of it)
            raise log_fault(fault) from None

    return guarded


async def _on_fen_error(_: HttpRequest, error: Exception) -> Response:
    assert isinstance(error, FenError)
    return error_response(error)


async def _on_http_error(request: HttpRequest, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    translated = translate(error, request)
    if request.method == "OPTIONS" and isinstance(translated, MethodNotAllowed):
        return Response(status_code=204, headers=dict(translated.headers))
    return error_response(translated)
