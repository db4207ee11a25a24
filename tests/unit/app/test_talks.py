"""Talks: asked, stopped, edited, tried again; kept only by consent."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fen.app import App, load_settings, open_app
from fen.app.talks import Talk
from fen.conversations import LOCAL
from fen.gateway import Caller
from fen.wire.errors import InvalidRequest, NotFound, TooLarge
from fen.wire.message import ImagePart, ImageURL, TextPart
from tests.fakes.upstream import FakeUpstream
from tests.serving import CONFIG

ME = Caller(inside=True)
IMAGE = ImagePart(ImageURL("data:image/png;base64,AAAA"))
VISION, TEXT = "fake/gpt-4o-mini", "fake/text-only"


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[App]:
    config = tmp_path / "fen.toml"
    async with FakeUpstream() as fake:
        config.write_text(CONFIG.format(base_url=fake.base_url) + "\n[server]\nmax_body_bytes = 20000\n")
        async with open_app(load_settings(config, {"FEN_HOME": str(tmp_path)})) as opened:
            yield opened


async def say(talk: Talk, *parts: TextPart | ImagePart) -> None:
    await talk.say(ME, parts)
    await talk.wait()


async def test_an_answer_has_its_receipt(app: App) -> None:
    talk = app.talks.begin(LOCAL, VISION, "be brief")
    await say(talk, TextPart("hello [[tokens-5-gap-10ms-reasoning-2]]"), IMAGE)
    question, answer = talk.turns
    assert question.attached == (IMAGE,)
    assert (answer.text, answer.thoughts) == ("word0 word1 word2 word3 word4 ", "think0 think1 ")
    receipt = answer.receipt
    assert receipt is not None
    assert (receipt.model, receipt.completion_tokens, receipt.finish) == (VISION, 7, "stop")
    assert receipt.cost is not None
    assert 0 < (receipt.first_seconds or 0) < (receipt.seconds or 0)
    assert talk.conversation.title == "hello [[tokens-5-gap-10ms-reasoning-2]]"
    assert await app.talks.list(LOCAL) == []  # nobody wanted it kept


async def test_a_long_answer_goes_on_past_the_models_limit(app: App) -> None:
    talk = app.talks.begin(LOCAL, TEXT)
    await say(talk, TextPart("[[tokens-1500]]"))
    receipt = talk.turns[1].receipt
    assert receipt is not None
    assert receipt.segments == receipt.attempts > 1
    assert receipt.completion_tokens > 1024
    assert (receipt.cost and receipt.cost.currency) == "CNY"


async def test_stopping_settles_what_has_come(app: App) -> None:
    talk = app.talks.begin(LOCAL, VISION)
    await talk.say(ME, [TextPart("[[tokens-50-stall-5]]")])
    with pytest.raises(InvalidRequest, match="found an answer on its way"):
        await talk.retry(ME)
    answering = talk.answering
    assert answering is not None
    async with asyncio.timeout(10):
        while "word4" not in answering.text:  # noqa: ASYNC110 (an answer on its way)
            await asyncio.sleep(0.01)
    talk.stop()
    await talk.wait()
    answer = talk.turns[1]
    assert answer.stopped
    assert answer.text == "word0 word1 word2 word3 word4 "
    assert answer.receipt is not None
    assert answer.receipt.certainty == "estimated"
    assert answer.receipt.cost is not None
    await talk.edit(ME, 0, "[[tokens-1]]")
    await talk.wait()
    assert [turn.text for turn in talk.turns] == ["[[tokens-1]]", "word0 "]


async def test_a_refusal_is_in_the_talk_and_can_be_tried_again(app: App) -> None:
    talk = app.talks.begin(LOCAL, TEXT)
    ahead = talk.look_ahead(ME, [TextPart("look"), IMAGE])
    assert "found an image in the request" in (ahead.refusal or "")
    assert (ahead.window, ahead.output) == (4096, 1024)
    await say(talk, TextPart("look"), IMAGE)
    assert talk.turns[1].error == ahead.refusal
    await talk.change(model=VISION)
    await talk.retry(ME)
    await talk.wait()
    assert len(talk.turns) == 2
    assert talk.turns[1].error is None
    assert talk.turns[0].attached == (IMAGE,)


async def test_what_is_too_large_is_not_said(app: App) -> None:
    talk = app.talks.begin(LOCAL, VISION)
    with pytest.raises(TooLarge, match=r"found a conversation of \d+ bytes, expected at most 20000"):
        await talk.say(ME, [TextPart("x" * 20_000)])
    with pytest.raises(InvalidRequest, match="found nothing"):
        await talk.say(ME, [TextPart("  ")])
    assert talk.turns == ()
    assert talk.answering is None


async def test_what_is_kept_is_there_again_and_goes_on_unwatched(app: App) -> None:
    talk = app.talks.begin(LOCAL, VISION)
    talk.keeps = True
    await talk.say(ME, [TextPart("[[tokens-8-gap-5ms]]")])
    app.talks.leave(talk)
    again = await app.talks.open(talk.conversation.id, LOCAL)
    assert again is talk
    await again.wait()
    read = await app.talks.conversations.read(talk.conversation.id, LOCAL)
    assert read.turns == talk.turns
    assert len(read.turns) == 2
    await app.talks.rename(read.id, LOCAL, "Ships")
    assert [one.title for one in await app.talks.list(LOCAL)] == ["Ships"]
    with pytest.raises(NotFound):
        await app.talks.open(read.id, "key_b")
    await app.talks.delete(read.id, LOCAL)
    await say(talk, TextPart("late"))
    assert await app.talks.list(LOCAL) == []


async def test_what_is_not_kept_ends_with_its_page(app: App) -> None:
    talk = app.talks.begin(LOCAL, VISION)
    await talk.say(ME, [TextPart("[[tokens-50-stall-5]]")])
    app.talks.leave(talk)
    await talk.wait()
    assert talk.turns[1].stopped
    await talk.keep()
    assert await app.talks.delete_all(LOCAL) == 1
