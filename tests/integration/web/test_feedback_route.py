"""`POST /v1/feedback`: a score for an answer of the client's own."""

from pathlib import Path

import msgspec

from fen.app import App, load_settings, open_app
from fen.web.api import Api, Limits, Service
from tests.fakes.books import make_hold, make_settlement
from tests.unit.web.asgi import post

PATH = "/v1/feedback"


def open_api(app: App) -> Api:
    service = Service(app.pipeline, Limits(), app.lacking, app.render_metrics)
    service.feedback = app.feedback
    return Api(service)


async def test_a_score_is_kept_and_bad_ones_are_refused(fen_home: Path) -> None:
    async with open_app(load_settings(None, {"FEN_HOME": str(fen_home), "FEN_OFFLINE": "1"})) as app:
        api = open_api(app)
        await app.book.hold(make_hold("req_1", key_id=None))
        await app.book.settle(make_settlement("req_1"))
        found = await post(api, PATH, b'{"request_id": "req_1", "score": 0.5}')
        assert found.status == 200, found.body
        told = msgspec.json.decode(found.body)
        assert told["object"] == "feedback"
        assert told["score"] == 0.5
        cases = {
            b'{"request_id": "req_9", "score": 1}': (404, "req_9"),
            b'{"request_id": "req_1", "score": 2}': (400, "1"),
            b'{"request_id": "req_1", "score": "x"}': (400, "score"),
            b'{"request_id": "req_1"}': (400, "score"),
            b'{"request_id": "req_1", "score": 1, "text": "no"}': (400, "text"),
            b"{": (400, "feedback"),
            b'"\xff"': (400, "feedback"),
            b"x" * 5000: (413, ""),
        }
        for body, (status, word) in cases.items():
            refused = await post(api, PATH, body)
            assert refused.status == status, body
            error = msgspec.json.decode(refused.body)["error"]
            assert word in error["message"]
            assert "type" in error
