"""What is deleted of the books' past takes conversations along."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from fen.app import load_settings, open_records
from fen.conversations import LOCAL, make_conversation


async def test_a_forgotten_keys_conversations_are_gone(tmp_path: Path) -> None:
    async with open_records(load_settings(None, {"FEN_HOME": str(tmp_path)})) as records:
        key, _ = await records.keyring.create("ann", "test")
        for owner in (key.id, LOCAL):
            await records.conversations.choose(owner, True)
            await records.conversations.create(make_conversation(owner, "vendor/small"))
        gone = await records.forget(key, "test")
        assert gone.conversations == 1
        assert [one.owner for one in await records.conversations.list(None)] == [LOCAL]
        assert await records.conversations.find_consent(key.id) is None
        pruned = await records.prune(datetime.now(UTC) + timedelta(days=1), "test")
        assert (pruned.conversations, pruned.entries) == (1, 0)
        details = [event.detail for event in await records.audit.list()]
        assert [detail.get("conversations") for detail in details if "conversations" in detail] == [1, 1]
