"""What vendors report, taken apart: the shapes that are in use."""

import msgspec
import pytest

from fen.wire.usage import OpenAIUsage, Usage, read_openai_usage

REPORTS = [
    # absurd: cut, so that it can still be priced and written down
    (
        b'{"prompt_tokens":9000000000000000000,"completion_tokens":1,"total_tokens":9000000000000000001}',
        Usage(input=10**12, output=1),
        ("implausible_prompt_tokens",),
    ),
    # OpenAI: parts within the totals
    (
        (
            b'{"prompt_tokens":100,"completion_tokens":50,"total_tokens":150,"prompt_tokens_details":'
            b'{"cached_tokens":60},"completion_tokens_details":{"reasoning_tokens":30}}'
        ),
        Usage(input=40, cached_input=60, output=20, reasoning=30),
        (),
    ),
    # DeepSeek: cache hits beside the totals, and in them
    (
        (
            b'{"prompt_tokens":100,"completion_tokens":5,"total_tokens":105,"prompt_cache_hit_tokens":64,'
            b'"prompt_cache_miss_tokens":36}'
        ),
        Usage(input=36, cached_input=64, output=5),
        (),
    ),
    # Moonshot: one name for it, at the top
    (
        b'{"prompt_tokens":100,"completion_tokens":5,"total_tokens":105,"cached_tokens":64}',
        Usage(input=36, cached_input=64, output=5),
        (),
    ),
    # both say it: it is counted once
    (
        (
            b'{"prompt_tokens":100,"completion_tokens":5,"total_tokens":105,"prompt_cache_hit_tokens":64,'
            b'"prompt_tokens_details":{"cached_tokens":64}}'
        ),
        Usage(input=36, cached_input=64, output=5),
        (),
    ),
    # xAI: reasoning beside completion_tokens, within the total
    (
        (
            b'{"prompt_tokens":12,"completion_tokens":1,"total_tokens":399,"completion_tokens_details":'
            b'{"reasoning_tokens":386}}'
        ),
        Usage(input=12, output=1, reasoning=386),
        (),
    ),
    # a total that nothing explains
    (
        (
            b'{"prompt_tokens":12,"completion_tokens":5,"total_tokens":999,"completion_tokens_details":'
            b'{"reasoning_tokens":3}}'
        ),
        Usage(input=12, output=2, reasoning=3),
        ("total_not_sum",),
    ),
    # audio and images
    (
        (
            b'{"prompt_tokens":90,"completion_tokens":40,"total_tokens":130,"prompt_tokens_details":'
            b'{"audio_tokens":50,"image_tokens":20},"completion_tokens_details":{"audio_tokens":30}}'
        ),
        Usage(input=20, audio_input=50, image_input=20, output=10, audio_output=30),
        (),
    ),
    (b"{}", Usage(), ("missing_prompt_tokens", "missing_completion_tokens")),
]


@pytest.mark.parametrize(("report", "usage", "flags"), REPORTS)
def test_every_token_is_counted_once(report: bytes, usage: Usage, flags: tuple[str, ...]) -> None:
    reading = read_openai_usage(msgspec.json.decode(report, type=OpenAIUsage))
    assert reading.usage == usage
    assert reading.flags == flags


def test_sums_are_the_reported_ones() -> None:
    usage = Usage(1, 2, 4, 8, 16, 32, 64, 128)
    assert usage.prompt_tokens == 1 + 2 + 4 + 32 + 128
    assert usage.completion_tokens == 8 + 16 + 64
    assert usage.total_tokens == 255
