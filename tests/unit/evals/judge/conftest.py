import pytest

from fen.evals.judge import Criterion, Rubric


@pytest.fixture
def rubric() -> Rubric:
    criteria = (Criterion("accuracy", "right", "wrong"), Criterion("style", "good", "bad"))
    return Rubric("writing", "3", "You are an editor.", criteria)
