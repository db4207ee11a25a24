"""OpenAI's batch API, spoken to over HTTP: what goes out, what is made of what comes back."""

from collections.abc import AsyncIterator

import msgspec
import pytest

from fen.upstreams import Dialect, OpenAIBatches
from fen.wire.errors import UpstreamFailed, UpstreamRejected
from fen.wire.ports import BatchItem, BatchJob, BatchResult
from fen.wire.request import parse_request
from fen.wire.usage import Usage
from tests.fakes.upstream import FakeUpstream


@pytest.fixture
async def fake() -> AsyncIterator[FakeUpstream]:
    async with FakeUpstream(key="secret") as opened:
        yield opened


@pytest.fixture
async def api(fake: FakeUpstream) -> AsyncIterator[OpenAIBatches]:
    opened = OpenAIBatches(fake.base_url, "secret", Dialect(max_tokens_field="max_completion_tokens"))
    yield opened
    await opened.close()


def make_job(token: str, *texts: str) -> BatchJob:
    items: list[BatchItem] = []
    for number, text in enumerate(texts):
        body = {
            "model": "fen/name",
            "messages": [{"role": "user", "content": text}],
            "max_tokens": 5,
            "x": 1.0,
        }
        items.append(
            BatchItem(str(number), parse_request("openai.chat", msgspec.json.encode(body)), "its-name")
        )
    return BatchJob(token, "/v1/chat/completions", items)


async def test_a_job_becomes_a_file_and_a_batch_with_its_token(
    api: OpenAIBatches, fake: FakeUpstream
) -> None:
    name = await api.submit(make_job("vb_1", "one\r\n--", "two"))
    [made] = fake.batches.made
    assert (made["id"], made["metadata"]) == (name, {"fen_batch": "vb_1"})
    first, second = fake.batches.lines(made)
    assert (first["custom_id"], first["method"], first["url"]) == ("0", "POST", "/v1/chat/completions")
    assert first["body"] == {
        "model": "its-name",
        "messages": [{"role": "user", "content": "one\r\n--"}],
        "max_completion_tokens": 5,
        "x": 1.0,
    }
    assert second["body"]["messages"][0]["content"] == "two"
    assert b'"x":1.0' in fake.batches.files[made["input_file_id"]]  # its own text
    upload = fake.records[0]
    assert upload.headers["content-type"].startswith("multipart/form-data; boundary=")


async def test_a_batch_is_found_by_its_token_on_whatever_page(api: OpenAIBatches) -> None:
    names = [await api.submit(make_job(f"vb_{number}", "x")) for number in range(101)]
    assert await api.find("vb_0") == names[0]
    assert await api.find("vb_100") == names[100]
    assert await api.find("vb_") is None


async def test_results_of_all_kinds_are_read(api: OpenAIBatches, fake: FakeUpstream) -> None:
    job = make_job("vb_1", "fine", "wrong [[status-400]]", "odd [[usage-none]]", "not run")
    name = await api.submit(job)
    assert not (await api.check(name)).ended
    fake.batches.finish(fake.batches.made[0], "expired", answered=3)
    status = await api.check(name)
    assert (status.ended, status.told, len(status.files)) == (True, "expired", 2)
    results = {result.custom_id: result async for result in api.read(status)}
    fine, odd = results["0"].answer, results["2"].answer
    assert fine is not None
    assert fine.usage == Usage(input=1, output=5)
    assert odd is not None
    assert odd.usage is None
    assert (results["1"].status, results["1"].answer) == (400, None)
    assert b"the script asked for 400" in (results["1"].error or b"")
    assert results["3"] == BatchResult("3")


async def test_a_batch_is_cancelled(api: OpenAIBatches, fake: FakeUpstream) -> None:
    name = await api.submit(make_job("vb_1", "x"))
    assert (await api.check(name, cancel=True)).told == "cancelled"
    assert fake.batches.asked[-1] == ("POST", f"/v1/batches/{name}/cancel")


async def test_failures_are_told_apart(api: OpenAIBatches, fake: FakeUpstream) -> None:
    with pytest.raises(UpstreamRejected) as missing:
        await api.check("batch-7")
    assert missing.value.status == 404
    fake.batches.refuses = 400
    with pytest.raises(UpstreamRejected):
        await api.submit(make_job("vb_1", "x"))
    fake.batches.refuses = 500
    with pytest.raises(UpstreamFailed, match="answered 500"):
        await api.submit(make_job("vb_1", "x"))
    stranger = OpenAIBatches(fake.base_url, "wrong", Dialect())
    with pytest.raises(UpstreamFailed) as refused:
        await stranger.find("vb_1")
    assert refused.value.code == "upstream_refused_key"
    await stranger.close()
