from pathlib import Path

import pytest

from fen.evals.judge import agreement, list_judged, read_labels
from fen.evals.record import Record
from fen.evals.score import Score
from fen.wire.errors import ConfigError


def number(labels: list[int]) -> dict[str, int]:
    return {str(place): label for place, label in enumerate(labels)}


def test_kappa_of_a_known_table() -> None:
    # Cohen (1960)'s form with 45 yes-yes, 15 yes-no, 25 no-yes, 15 no-no: po 0.60, pe 0.54, kappa 0.1304.
    ours = [1] * 60 + [0] * 40
    theirs = [1] * 45 + [0] * 15 + [1] * 25 + [0] * 15
    found = agreement(number(ours), number(theirs))
    assert (found.n, found.exact) == (100, 0.60)
    assert found.kappa == pytest.approx((0.60 - 0.54) / 0.46)
    assert found.weighted == pytest.approx(found.kappa)  # two classes have one distance
    assert found.low == pytest.approx(0.5020, abs=1e-4)
    assert found.high == pytest.approx(0.6906, abs=1e-4)


def test_quadratic_weights_forgive_what_is_near() -> None:
    theirs = [1, 2, 3, 4, 5, 5]
    near, far = [2, 3, 4, 5, 4, 5], [5, 4, 1, 2, 1, 5]
    close, apart = agreement(number(near), number(theirs)), agreement(number(far), number(theirs))
    assert close.weighted is not None
    assert apart.weighted is not None
    assert close.weighted > 0.6
    assert apart.weighted < 0
    assert (close.adjacent, apart.adjacent) == (1.0, 1 / 6)
    # By hand: mean squared distance 5/6 observed, 142/36 by chance.
    chance = sum((a - b) ** 2 for a in near for b in theirs) / 36
    assert close.weighted == pytest.approx(1 - (5 / 6) / chance)


def test_whole_agreement_is_one_and_a_single_label_has_no_kappa() -> None:
    found = agreement(number([1, 3, 5]), number([1, 3, 5]))
    assert (found.exact, found.kappa, found.weighted) == (1.0, 1.0, 1.0)
    alone = agreement(number([4, 4]), number([4, 4]))
    assert (alone.exact, alone.kappa, alone.weighted) == (1.0, None, None)


def test_only_items_that_both_have_count() -> None:
    found = agreement({"a": 1, "b": 2, "c": 3}, {"b": 2, "c": 1, "d": 5})
    assert (found.n, found.exact) == (2, 0.5)
    with pytest.raises(ConfigError, match="no item among 1 judged ones"):
        agreement({"a": 1}, {"b": 1})


def test_labels_are_read_from_a_csv(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text("\ufeffid,label,who\nzh-1,4,ann\nzh-2,2,bo\n", "utf-8")
    assert read_labels(path) == {"zh-1": 4, "zh-2": 2}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name,label\na,1\n", "found the columns name, label, expected id and label"),
        ("id,label\na,1\nb,good\n", "line 3: found 'good', expected a whole number"),
        ("id,label\na\n", "line 2: found None"),
        ("", "found the columns none"),
    ],
)
def test_a_csv_without_labels_is_told(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "labels.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigError, match=message):
        read_labels(path)


def record(sample: str, scores: dict[str, int] | None, *, suite: str = "finance", epoch: int = 0) -> Record:
    detail = {"kind": "full"} if scores is None else {"scores": scores}
    score = Score("wrong", 0.5, detail=detail)
    return Record(
        run="r",
        suite=suite,
        version="1",
        scorer="judge",
        sample=sample,
        epoch=epoch,
        score=score,
        dimension="x",
    )


def test_what_was_judged_is_a_mean_or_a_criterion() -> None:
    records = [
        record("a", {"style": 4, "facts": 5}),
        record("b", {"style": 1, "facts": 2}),
        record("c", None),
        record("a", {"style": 1, "facts": 1}, epoch=1),
    ]
    assert list_judged(records) == {"a": 5, "b": 2}
    assert list_judged(records, "style") == {"a": 4, "b": 1}
    with pytest.raises(ConfigError, match="no criterion 'tone', expected one of facts, style"):
        list_judged(records, "tone")


def test_samples_of_several_suites_are_told_apart() -> None:
    records = [record("a", {"style": 4}), record("a", {"style": 2}, suite="industry")]
    assert list_judged(records) == {"finance/a": 4, "industry/a": 2}
