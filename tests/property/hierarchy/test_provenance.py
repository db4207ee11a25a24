"""Laws of where values come from: spelling hides nothing, and a piece of a trusted value is not trusted."""

from decimal import Decimal

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fen.hierarchy.privilege import Piece, Privilege
from fen.hierarchy.sinks import Sinks, ToolCallText, judge_calls
from fen.hierarchy.tracing.figures import has_figure, read_figure
from fen.hierarchy.tracing.provenance import Texts
from tests.sizes import pick

words = st.text("abcdefghijklmnopqrstuvwxyz", min_size=3, max_size=8)
emails = st.builds("{}.{}@{}.example".format, words, words, words)
amounts = st.decimals(1, 10**7, places=2, allow_nan=False)
around = st.text("xyz .,;:!?\n会议，。", max_size=30)


def _texts(text: str, privilege: Privilege) -> Texts:
    return Texts([Piece(("messages", 0, "content"), text, privilege, "x")])


def _spell(value: str, way: int) -> str:
    ways = (
        value,
        value.upper(),
        value.replace("@", " at ").replace(".", " dot "),
        value.replace("@", " [at] ").replace(".", " [dot] "),
        "".join(chr(ord(char) + 0xFEE0) for char in value),
        "\u200b".join(value),
    )
    return ways[way]


@settings(max_examples=pick(100, 2000))
@given(emails, st.integers(0, 5), around, around)
def test_every_spelling_is_found_in_a_text_of_either_trust(
    value: str, way: int, before: str, after: str
) -> None:
    text = f"{before} {_spell(value, way)} {after}"
    assert _texts(text, Privilege.TOOL).trace(value, "recipient").standing == "untrusted"
    if way != 5:
        assert _texts(text, Privilege.USER).trace(value, "recipient").standing == "given"


@settings(max_examples=pick(100, 2000))
@given(emails, st.integers(0, 30), st.integers(1, 30))
def test_no_piece_of_a_trusted_address_is_trusted(value: str, start: int, length: int) -> None:
    piece = value[start : start + length]
    assume(piece not in ("", value) and len(piece) > 3 and piece[0] not in "@." and piece[-1] not in "@.")
    assert _texts(f"Write to {value} now.", Privilege.USER).trace(piece, "recipient").standing != "given"


@settings(max_examples=pick(100, 2000))
@given(amounts, around, around)
def test_an_amount_is_the_same_however_it_is_grouped(amount: Decimal, before: str, after: str) -> None:
    for written in (
        f"{amount:.2f}",
        f"{amount:,.2f}",
        f"{amount:,.2f}".translate({44: 46, 46: 44}),
        f"€{amount:.2f}",
    ):
        assert read_figure(written) == amount
        assert has_figure(f"{before} {written} {after}", amount)


@settings(max_examples=pick(100, 2000))
@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_any_text_is_judged_without_a_fault(user: str, document: str, arguments: str) -> None:
    pieces = [
        Piece(("messages", 0, "content"), user, Privilege.USER, "user"),
        Piece(("messages", 1, "content"), document, Privilege.TOOL, "tool:x"),
    ]
    sinks = Sinks({"t": {"a": "recipient", "b": "amount", "c": "url"}})
    for given_ in (arguments, '{"a":%s,"b":%s,"c":%s}' % ((_quote(arguments),) * 3)):
        (verdict,) = judge_calls([ToolCallText("t", given_)], pieces, sinks)
        assert verdict.decision in ("pass", "flag", "refuse")


def _quote(text: str) -> str:
    return '"' + "".join(f"\\u{unit:04x}" for char in text for unit in _units(char)) + '"'


def _units(char: str) -> list[int]:
    data = char.encode("utf-16-be", "surrogatepass")
    return [int.from_bytes(data[at : at + 2]) for at in range(0, len(data), 2)]
