"""A log on `debug` has each request's id, and neither a key nor a word of what anybody said."""

import asyncio
import json
import signal

from tests.fakes.upstream import FakeUpstream
from tests.integration.gateway.raw import RawStream
from tests.integration.telemetry.test_traces import ask, chat
from tests.serving import Serving

PROMPT = "diagnosis"
VENDOR_KEY = "sk-vendor-0123456789abcdef"


async def test_neither_a_key_nor_a_prompt_is_in_the_log(serving: Serving, fake: FakeUpstream) -> None:
    await serving.stop()
    fake.key = VENDOR_KEY
    serving.environ["FAKE_KEY"] = VENDOR_KEY
    serving.config.write_text(
        serving.config.read_text().replace("[upstreams.fake]", '[upstreams.fake]\napi_key_env = "FAKE_KEY"')
    )
    await serving.start()
    secret = serving.fen("keys", "create", "me")["secret"]
    await serving.until(lambda: serving.get("/v1/models")[0] == 401)
    key = {"authorization": f"Bearer {secret}"}

    assert await ask(serving, chat(f"{PROMPT} [[tokens-3]]"), **key) == 200
    assert await ask(serving, chat(PROMPT), authorization="Bearer fen-" + "w" * 43) == 401
    assert await ask(serving, chat("hi", model=PROMPT), **key) == 404
    assert await ask(serving, chat(f"{PROMPT} [[status-400]]"), **key) == 400
    assert await ask(serving, chat(f"{PROMPT} [[silent]]"), **key) == 502
    assert await ask(serving, {"model": "fake/gpt-4o-mini", "messages": PROMPT}, **key) == 400
    assert await ask(serving, chat(PROMPT) | {"temperature": PROMPT}, **key) == 400
    fake.key = "another"
    assert await ask(serving, chat(PROMPT), **key) == 502
    assert serving.process is not None
    serving.process.send_signal(signal.SIGHUP)
    await serving.until(lambda: "configuration reloaded" in serving.log)
    await serving.stop()

    assert serving.log.count('"logger":"fen.access"') >= 8
    for word in (PROMPT, VENDOR_KEY, secret, secret.removeprefix("fen-"), "w" * 43):
        assert word not in serving.log


async def test_every_answer_can_be_found_by_its_id(serving: Serving) -> None:
    streams = [RawStream(serving, f"[[tokens-{i + 1}]]") for i in range(5)]
    await asyncio.gather(*(stream.run() for stream in streams))
    await serving.stop()  # lines wait for each other for a moment; at the end all are written
    lines = [json.loads(line) for line in serving.log.splitlines() if line.startswith("{")]
    calls = {line["request_id"]: line for line in lines if line["logger"] == "fen.access"}
    for tokens, stream in enumerate(streams, 1):
        call = calls[stream.request_id]
        assert (call["status"], call["output_tokens"], call["model"]) == (200, tokens, "fake/gpt-4o-mini")
        assert stream.usage is not None
        assert call["cost"] == stream.usage["fen"]["cost"].rstrip("0")


async def test_the_log_can_be_made_quiet(serving: Serving) -> None:
    await serving.stop()
    (serving.home / "serve.log").unlink()
    serving.environ["FEN_LOG"] = "warning"
    await serving.start()
    assert await ask(serving, chat("hi")) == 200
    await serving.stop()
    assert '"level":"info"' not in serving.log
