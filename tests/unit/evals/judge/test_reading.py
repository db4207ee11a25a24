import pytest

from fen.evals.judge.reading import read_objects, read_scores, read_text, read_word

NAMES = ("accuracy", "Breadth and Depth")


@pytest.mark.parametrize(
    "text",
    [
        '{"analysis": "fine", "accuracy": 4, "Breadth and Depth": 2}',
        '```json\n{"accuracy": 4, "breadth_and_depth": 2}\n```',
        'Here it is: {"Accuracy": "4", "Breadth And Depth": "2/5"} I hope that helps {you}.',
        '{"accuracy": 4.0, "breadthAndDepth": {"score": 2, "reason": "thin"}}',
        '{"accuracy": "4分", "breadth and depth": "2 points",}',
        'Draft {"accuracy": 1, "breadth and depth": 1}. Final {"accuracy": 4, "breadth and depth": 2}',
        '{"thoughts": "a \\"}\\" in a string {", "accuracy": 4, "breadth and depth": 2}',
        '{"accuracy": 1, {"accuracy": 4, "breadth and depth": 2}',
    ],
)
def test_scores_are_read_from_what_judges_write(text: str) -> None:
    assert read_scores(text, NAMES) == {"accuracy": 4, "Breadth and Depth": 2}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I would give it 4.",
        '{"accuracy": 4}',
        '{"accuracy": 4, "breadth and depth": 6}',
        '{"accuracy": 0, "breadth and depth": 2}',
        '{"accuracy": true, "breadth and depth": 2}',
        '{"accuracy": 4.5, "breadth and depth": 2}',
        '{"accuracy": null, "breadth and depth": 2}',
        '{"accuracy": "4 or 5", "breadth and depth": 2}',
        '{"accuracy": 4, "breadth and depth": 2',
        "[4, 2]",
    ],
)
def test_what_has_no_score_from_1_to_5_for_each_criterion_is_not_read(text: str) -> None:
    assert read_scores(text, NAMES) is None


def test_objects_are_found_in_their_order() -> None:
    assert list(read_objects('a {"b": {"c": 1}} d {"e": 2}')) == [{"b": {"c": 1}}, {"e": 2}]


def test_many_open_braces_take_no_time() -> None:
    assert list(read_objects("{" * 1500)) == []


def test_a_word_is_one_of_those_allowed() -> None:
    words = ("first", "second", "tie")
    assert read_word('{"better": " First "}', "better", words) == "first"
    assert read_word('{"better": "third"}', "better", words) is None
    assert read_word('{"other": "first"}', "better", words) is None


def test_a_text_is_the_last_one_that_was_said() -> None:
    assert read_text('{"Analysis": "a"} {"analysis": "b"} {"analysis": 3}', "analysis") == "b"
    assert read_text("nothing", "analysis") == ""
