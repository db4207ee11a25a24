"""A key's life: made, listed, revoked, forgotten; and the audit log that tells of it."""

from tests.integration.cli.conftest import Fen


def test_key_lives_and_is_revoked(fen: Fen) -> None:
    made = fen("keys", "create", "bob", "--json").json
    assert list(made) == ["id", "name", "tier", "team", "admin", "budgets", "secret"]
    assert made["secret"].startswith("fen-")
    [listed] = fen("keys", "list", "--json").json
    assert (listed["id"], listed["name"], listed["revoked_at"]) == (made["id"], "bob", None)
    assert fen("keys", "revoke", "bob").out == f"revoked {made['id']} (bob)\n"
    [listed] = fen("keys", "list", "--json").json
    assert listed["revoked_at"] is not None
    again = fen("keys", "create", "bob", "--json").json
    assert fen("keys", "revoke", again["id"], "--json").json["id"] == again["id"]


def test_secret_is_shown_once(fen: Fen) -> None:
    done = fen("keys", "create", "amy")
    names = [line.split()[0] for line in done.out.splitlines()]
    secret = done.out.split()[-1]
    assert names == ["id", "name", "tier", "secret"]
    assert "not shown again" in done.err
    later = [fen("keys", "list"), fen("keys", "list", "--json"), fen("audit"), fen("audit", "--json")]
    assert not any(secret in one.out + one.err for one in later)


def test_table_of_keys_has_their_names(fen: Fen) -> None:
    made = fen("keys", "create", "通义 key", "--json").json
    head, row = fen("keys", "list").rows
    assert head[:4] == ["id", "name", "tier", "team"]
    assert row[:3] == [made["id"], "通义", "key"]


def test_wrong_names_are_refused(fen: Fen) -> None:
    fen("keys", "create", "bob")
    for words, status, told in (
        (("create", "bob"), 1, "fen: name: found 'bob', which a living key has, expected another one"),
        (("create", ""), 1, "fen: name: found '' of 0 characters, expected 1 to 64"),
        (("create",), 2, "Missing argument 'NAME'"),
        (("revoke", "nobody"), 1, "fen: key: found none that is called 'nobody', expected the id or name"),
    ):
        done = fen("keys", *words)
        assert (done.status, told in done.err, done.out) == (status, True, ""), done


def test_audit_tells_of_every_change(fen: Fen) -> None:
    made = fen("keys", "create", "bob", "--json").json
    fen("keys", "revoke", "bob")
    fen("ledger", "forget", "bob", "--yes")
    fen("ledger", "prune", "--before", "2020-01-01", "--yes")
    events = fen("audit", "--json").json
    assert [event["action"] for event in events] == [
        "ledger.prune",
        "ledger.forget",
        "key.revoke",
        "key.create",
    ]
    assert {event["subject"] for event in events[1:]} == {made["id"]}
    assert events[0]["detail"] == {"before": "2020-01-01", "entries": 0}
    assert all(event["actor"].startswith("os:") for event in events)
    assert len(fen("audit", "--limit", "2", "--json").json) == 2
    assert fen("audit", "--since", "2999-01-01", "--json").json == []
    assert [row[3] for row in fen("audit").rows[1:]] == [event["action"] for event in events]
