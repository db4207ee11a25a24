"""Errors say what was found and what was expected, and never more than a client may know."""

import pytest

from fen.wire.errors import FenError, InvalidRequest, RateLimited
from fen.wire.money import Money
from fen.wire.request import parse_request

CHAT = b'{"model":"m","messages":[{"role":"user","content":"hi"}]'


@pytest.mark.parametrize(
    ("body", "param", "words"),
    [
        (b"[]", None, "Expected `object`, got `array`"),
        (b"", None, "not JSON"),
        (b"\xff", None, "not JSON"),
        (b"[" * 100_000, None, "Expected `object`"),
        (b'{"model":"m"}', None, "messages"),
        (CHAT + b',"user":"\\ud800"}', None, "not JSON"),
        (CHAT + b',"x":' + b"[" * 100_000, None, "not JSON"),
        (CHAT + b',"n":0}', "n", "found 0"),
        (CHAT + b',"n":true}', "n", "found true"),
        (CHAT + b',"max_tokens":-4}', "max_tokens", "found -4"),
        (CHAT + b',"temperature":"hot"}', "temperature", 'found "hot"'),
        (CHAT + b',"stream":"yes"}', "stream", "Expected `bool | null`"),
        (b'{"model":"m","messages":[{"role":"boss","content":"x"}]}', "messages[0].role", 'found "boss"'),
        (
            b'{"model":"m","messages":[{"role":"user","content":[{"type":"smell"}]}]}',
            "messages[0].content[0].type",
            "smell",
        ),
        (b'{"model":"m","messages":[]}', "messages", "length >= 1"),
    ],
)
def test_malformed_requests_are_named(body: bytes, param: str | None, words: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse_request("openai.chat", body)
    assert caught.value.status == 400
    assert words in caught.value.message
    if param is not None:
        assert caught.value.param == param


def test_embeddings_take_text_and_tokens() -> None:
    for given in (b'"a"', b'["a","b"]', b"[1,2]", b"[[1],[2]]"):
        parse_request("openai.embeddings", b'{"model":"m","input":' + given + b"}")
    with pytest.raises(InvalidRequest, match="input"):
        parse_request("openai.embeddings", b'{"model":"m","input":7}')


def test_retry_after_is_rounded_up() -> None:
    assert RateLimited("busy", retry_after=0.2).headers == (("retry-after", "1"),)
    assert RateLimited("busy", retry_after=2.1).headers == (("retry-after", "3"),)


def test_the_tree_is_the_one_drawn() -> None:
    import fen.wire.errors as module

    def walk(kind: type[FenError]) -> set[str]:
        return {kind.__name__}.union(*(walk(child) for child in kind.__subclasses__()))

    drawn = {word for word in (module.__doc__ or "").replace("├──", " ").split() if word[0].isupper()}
    assert walk(FenError) <= drawn | {"UpstreamRejected"}


def test_money_never_mixes_currencies() -> None:
    from decimal import Decimal

    one = Money(Decimal("0.10"), "USD")
    assert str(one + one) == "0.2 USD"
    with pytest.raises(ValueError, match="found CNY, expected USD"):
        _ = one + Money(Decimal(1), "CNY")
