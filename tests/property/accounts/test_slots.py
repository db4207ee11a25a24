"""The law of slots: for any sequence of coming and going, at most the limit are out, and none is lost."""

from hypothesis import given
from hypothesis import strategies as st

from fen.accounts.slots import LocalSlots, Slot

steps = st.lists(st.tuples(st.sampled_from("ab"), st.none() | st.integers(0, 20)), max_size=60)


@given(st.integers(1, 5), steps)
async def test_count_is_what_is_out(limit: int, sequence: list[tuple[str, int | None]]) -> None:
    slots = LocalSlots()
    out: dict[str, list[Slot]] = {"a": [], "b": []}
    for key, leaving in sequence:
        held = out[key]
        if leaving is None:
            slot = await slots.acquire(key, limit)
            assert (slot is not None) == (len(held) < limit)
            if slot is not None:
                assert slot not in held
                held.append(slot)
        elif held:
            slots.release(held.pop(leaving % len(held)))
        assert slots.count(key) == len(held)
    for slot in out["a"] + out["b"]:
        slots.release(slot)
    assert slots.held() == {}
