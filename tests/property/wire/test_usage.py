"""The law of usage: every token is counted once, whatever was reported."""

from hypothesis import given
from hypothesis import strategies as st

from fen.wire.usage import CompletionTokensDetails, OpenAIUsage, PromptTokensDetails, read_openai_usage

count = st.none() | st.integers(-5, 10_000)


@given(count, count, count, count, count, count, count, count)
def test_meters_are_disjoint_and_add_up(
    prompt: int | None,
    completion: int | None,
    cached: int | None,
    written: int | None,
    heard: int | None,
    seen: int | None,
    thought: int | None,
    spoken: int | None,
) -> None:
    reading = read_openai_usage(
        OpenAIUsage(
            prompt,
            completion,
            None,
            PromptTokensDetails(cached, written, heard, seen),
            CompletionTokensDetails(thought, spoken),
        )
    )
    usage = reading.usage
    assert usage.prompt_tokens == max(prompt or 0, 0)
    assert usage.completion_tokens == max(completion or 0, 0)
    assert all(getattr(usage, meter) >= 0 for meter in usage.__struct_fields__)
    parts = [p or 0 for p in (cached, written, heard, seen)]
    plausible = (prompt or 0) >= sum(parts) and min(parts) >= 0 and prompt is not None and prompt >= 0
    if plausible:
        assert [usage.cached_input, usage.cache_write, usage.audio_input, usage.image_input] == parts
    elif prompt is None or prompt < 0 or min(parts) < 0 or sum(parts) > prompt:
        assert reading.flags
