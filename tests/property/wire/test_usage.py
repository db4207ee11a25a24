"""The law of usage: every token is counted once, whatever was reported."""

from hypothesis import given
from hypothesis import strategies as st

from fen.wire.usage import CompletionTokensDetails, OpenAIUsage, PromptTokensDetails, Usage, read_openai_usage

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


part = st.integers(0, 5000)


@given(part, part, part, part, part, part, part, part, st.booleans())
def test_a_true_report_is_taken_apart_without_loss(
    fresh: int,
    cached: int,
    written: int,
    heard: int,
    seen: int,
    text: int,
    thought: int,
    spoken: int,
    beside: bool,
) -> None:
    """Whether a vendor counts reasoning within `completion_tokens` or beside it."""
    prompt = fresh + cached + written + heard + seen
    completion = text + spoken + (0 if beside else thought)
    total = fresh + cached + written + heard + seen + text + spoken + thought
    reading = read_openai_usage(
        OpenAIUsage(
            prompt,
            completion,
            total,
            PromptTokensDetails(cached, written, heard, seen),
            CompletionTokensDetails(thought, spoken),
        )
    )
    assert reading.usage == Usage(fresh, cached, written, text, thought, heard, spoken, seen)
    assert reading.flags == ()
    assert reading.usage.total_tokens == total
