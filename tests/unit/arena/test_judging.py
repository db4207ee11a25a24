"""Whether a vote counts, and what answers look like."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fen.arena.battle import Answer, Battle, Pair, Turn
from fen.arena.identity import RULES, LeakFilter, make_roster
from fen.arena.judging import FIRST, Recent, judge_vote
from fen.arena.looks import compare_looks, measure_looks
from fen.arena.vote import Vote

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
LEAKS = LeakFilter(make_roster(["openai/gpt-4o-mini"]))


def battle(prompt: Any = "Why is the sky blue?", shown: Any = NOON, **answers: str) -> Battle:
    sides = {"left": "Scattering.", "right": "Because of light."} | answers
    turn = Turn(prompt, Answer(sides["left"]), Answer(sides["right"]))
    return Battle("b", Pair("x", "y", 0.5), "voter", NOON, (turn,), shown=shown)


def judge(given: Battle, after: float = 60, recent: Recent = FIRST) -> Vote:
    return judge_vote(given, "left", NOON + timedelta(seconds=after), LEAKS, recent)


class TestJudging:
    def test_an_honest_vote_counts(self) -> None:
        vote = judge(battle())
        assert vote.counts
        assert vote.rules == RULES
        assert (vote.battle, vote.voter, vote.outcome, vote.flags) == ("b", "voter", "left", ())

    @pytest.mark.parametrize("side", ["left", "right"])
    def test_an_answer_that_says_who_wrote_it_voids_it(self, side: str) -> None:
        assert judge(battle(**{side: "I am ChatGPT."})).void == ("identity_leak",)

    def test_a_mention_is_flagged_and_counts(self) -> None:
        vote = judge(battle(left="Ask OpenAI."))
        assert vote.counts
        assert vote.flags == ("mention:openai",)

    def test_what_the_prompt_named_is_no_mention_of_the_answers(self) -> None:
        assert judge(battle(prompt="What did OpenAI publish?", left="OpenAI published papers.")).flags == ()

    def test_a_prompt_that_asks_who_it_is_voids_it(self) -> None:
        assert judge(battle(prompt="Which model are you?")).void == ("identity_probe",)

    def test_so_does_one_in_a_part_beside_an_image(self) -> None:
        parts = [{"type": "text", "text": "Who made you?"}, {"type": "image_url", "image_url": {"url": "x"}}]
        assert judge(battle(prompt=parts)).void == ("identity_probe",)

    @pytest.mark.parametrize("recent", [Recent(by_voter=60), Recent(by_address=180)])
    def test_votes_over_a_cap_do_not_count(self, recent: Recent) -> None:
        assert judge(battle(), recent=recent).void == ("too_many",)

    def test_a_vote_before_the_answers_were_there_long_enough_does_not_count(self) -> None:
        assert judge(battle(), after=2.9).void == ("too_soon",)
        assert judge(battle(), after=3.0).counts
        assert judge(battle(shown=None)).void == ("too_soon",)

    def test_all_reasons_are_told(self) -> None:
        vote = judge(battle(prompt="Who are you?", left="I am ChatGPT."), 0, Recent(by_voter=99))
        assert vote.void == ("identity_leak", "identity_probe", "too_many", "too_soon")


class TestLooks:
    TEXT = "# Head\n\n- one\n- **two**\n1. three\n\n```\n# no header\n- no item\n```\n"

    def test_what_markdown_has_is_counted_and_what_code_has_is_not(self) -> None:
        found = measure_looks([Answer(self.TEXT)])
        assert (found["headers"], found["lists"], found["bold"]) == (1, 3, 1)

    def test_length_is_in_tokens_where_they_are_known(self) -> None:
        assert measure_looks([Answer("two words", output_tokens=7)])["length"] == 7
        assert measure_looks([Answer("two words")])["length"] == 2
        assert measure_looks([Answer("两个词")])["length"] == 3

    def test_differences_are_between_minus_one_and_one_and_turn_with_the_sides(self) -> None:
        one = compare_looks(battle(left=self.TEXT, right="plain"))
        other = compare_looks(battle(left="plain", right=self.TEXT))
        assert one["headers"] == 1
        assert 0 < one["length"] < 1
        assert {name: -value for name, value in one.items()} == other

    def test_nothing_on_either_side_is_no_difference(self) -> None:
        assert compare_looks(battle(left="", right="")) == dict.fromkeys(
            ("length", "headers", "lists", "bold"), 0.0
        )
