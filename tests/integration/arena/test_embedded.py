"""The built-in pair: with no key and no settings, the embedded model plays against itself."""

import os
from pathlib import Path

import platformdirs
import pytest

from fen.app import EMBEDDED, load_settings, open_app
from fen.app.arena_door import ArenaDoor
from fen.web.api import Api, Limits, Service
from tests.fakes.voter import Voter
from tests.sizes import is_proving
from tests.weights import find_weights


@pytest.mark.skipif(not is_proving(), reason="two answers of a real model; make prove runs it")
async def test_a_battle_needs_no_key(fen_home: Path) -> None:
    find_weights()
    cache = os.environ.get("FEN_CACHE") or platformdirs.user_cache_dir("fen")
    environ = {"FEN_HOME": str(fen_home), "FEN_CACHE": cache, "FEN_OFFLINE": "1"}
    async with open_app(load_settings(None, environ)) as app:
        service = Service(app.pipeline, Limits(), app.lacking, app.render_metrics)
        service.arena = ArenaDoor(app)
        voter = Voter(Api(service))
        seen = await voter.begin("Name one colour, in one word.")
        assert seen.kinds == ["battle", "start", "text", "done"], seen.body
        assert all(seen.texts)
        told = (await voter.vote(seen.events[0][1]["id"], "tie")).json
        assert {told["left"]["name"], told["right"]["name"]} == {f"{EMBEDDED}-cool", f"{EMBEDDED}-warm"}
        assert told["left"]["cost"]["amount"] == told["right"]["cost"]["amount"] == "0"
