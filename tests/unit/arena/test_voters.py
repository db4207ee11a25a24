"""Voters' tokens and hashed addresses."""

import pytest

from fen.arena.voters import Voters

VOTERS = Voters(b"k" * 32)


def test_a_token_names_its_voter() -> None:
    token = VOTERS.issue()
    voter = VOTERS.read(token)
    assert voter is not None
    assert VOTERS.sign(voter) == token
    assert VOTERS.issue() != token


@pytest.mark.parametrize("token", [None, "", "v_x.y", "v_" + "a" * 22 + "." + "0" * 32, "v_" + "a" * 22])
def test_a_token_that_is_none_of_ours_names_nobody(token: str | None) -> None:
    assert VOTERS.read(token) is None


def test_another_secret_takes_no_token_of_this_one() -> None:
    token = VOTERS.issue()
    other = Voters(b"j" * 32)
    assert other.read(token) is None
    assert other.hash_address("10.0.0.1") != VOTERS.hash_address("10.0.0.1")


def test_addresses_are_hashed_and_a_household_is_one() -> None:
    hashed = VOTERS.hash_address("10.0.0.1")
    assert "10.0" not in hashed
    assert hashed != VOTERS.hash_address("10.0.0.2")
    assert hashed == VOTERS.hash_address("::ffff:10.0.0.1")
    assert VOTERS.hash_address("2001:db8::1") == VOTERS.hash_address("2001:db8::ffff:2")
    assert VOTERS.hash_address("2001:db8::1") != VOTERS.hash_address("2001:db8:0:1::1")
    assert VOTERS.hash_address("") != hashed
