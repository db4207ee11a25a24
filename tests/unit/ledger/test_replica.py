import os
from pathlib import Path

import pytest

from fen.ledger import claim_replica
from fen.ledger.replica import is_claimed_here, list_claims, seize_replica


def test_a_claim_that_is_held_cannot_be_seized(tmp_path: Path) -> None:
    replica = claim_replica(tmp_path)
    assert list_claims(replica.folder) == [replica.id]
    assert seize_replica(replica.folder, replica.id) is None
    replica.release()
    replica.release()
    assert list_claims(replica.folder) == []
    assert seize_replica(replica.folder, replica.id) is None


def test_an_abandoned_claim_is_seized_by_exactly_one(tmp_path: Path) -> None:
    replica = claim_replica(tmp_path)
    replica.abandon()
    seized = [seize_replica(replica.folder, replica.id) for _ in range(3)]
    assert [found is not None for found in seized] == [True, False, False]
    assert seized[0] is not None
    seized[0].release()
    assert list_claims(replica.folder) == []


def test_a_claim_that_was_seized_before_its_lock_was_on_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the file and its lock, a recovery may find the file without an owner."""
    import fcntl

    lock, stolen = fcntl.flock, []

    def steal_first(descriptor: int, operation: int) -> None:
        if not stolen:
            path = Path(f"/proc/self/fd/{descriptor}").readlink()
            stolen.append(path.name)
            path.unlink()
        lock(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", steal_first)
    replica = claim_replica(tmp_path)
    assert replica.id not in stolen
    assert list_claims(replica.folder) == [replica.id]
    replica.release()


def test_names_that_lead_elsewhere_are_not_claimed_here(tmp_path: Path) -> None:
    replica = claim_replica(tmp_path)
    assert is_claimed_here(replica.folder, replica.id)
    for name in ("rep_0000000000000000", "../replicas/" + replica.id, "", "."):
        assert not is_claimed_here(replica.folder, name)
    replica.release()


def test_a_claim_is_not_inherited_by_programs(tmp_path: Path) -> None:
    replica = claim_replica(tmp_path)
    assert replica._descriptor is not None
    assert not os.get_inheritable(replica._descriptor)
    replica.release()
