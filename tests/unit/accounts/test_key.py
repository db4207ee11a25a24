import unicodedata

import pytest

from fen.accounts import create_key, find_actor, make_event
from fen.accounts.key import hash_secret, is_secret
from fen.wire.errors import InvalidRequest


def test_secrets_differ_and_have_their_shape() -> None:
    secrets = {create_key("ada")[1] for _ in range(200)}
    assert len(secrets) == 200
    assert all(is_secret(secret) and secret.startswith("fen-") and len(secret) == 47 for secret in secrets)


@pytest.mark.parametrize(
    "text", ["", "fen-", "sk-" + "a" * 43, "fen-" + "a" * 42, "fen-" + "a" * 44, "fen-" + "é" * 43]
)
def test_what_has_another_shape_is_no_secret(text: str) -> None:
    assert not is_secret(text)
    assert not is_secret("fen-" + "a" * 43 + "\n")


def test_a_hash_takes_any_text() -> None:
    assert hash_secret("\ud800") != hash_secret("")
    assert len(hash_secret("x")) == 32


@pytest.mark.parametrize("name", ["a", "张三的笔记本", "x" * 64, "two words"])
def test_a_name_is_what_people_write(name: str) -> None:
    assert create_key(name)[0].name == name


@pytest.mark.parametrize(
    "name", ["", " ", " a", "a ", "x" * 65, "a\nb", "a\0", "a\x1b[31m", "a\u202eb", "a\ud800"]
)
def test_a_name_that_would_mislead_is_refused(name: str) -> None:
    with pytest.raises(InvalidRequest, match="expected 1 to 64 printable ones") as caught:
        create_key(name)
    assert caught.value.param == "name"
    assert caught.value.message.isprintable()


def test_one_name_has_one_spelling() -> None:
    assert create_key(unicodedata.normalize("NFD", "Zoë"))[0].name == unicodedata.normalize("NFC", "Zoë")


def test_an_actor_without_a_name_is_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_actor().startswith("os:")
    monkeypatch.setattr("os.getuid", lambda: 3_999_999_999)
    assert find_actor() == "os:#3999999999"


def test_events_differ() -> None:
    events = [make_event("os:ada", "key.create", "key_1") for _ in range(50)]
    assert len({event.id for event in events}) == 50
    assert events[0].detail == {}
