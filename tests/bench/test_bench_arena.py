"""The arena's bench measures what it says, at small sizes; no speed is asserted."""

from pathlib import Path

import numpy as np
import pytest

from bench import arena
from bench.arena_coverage import draw_counts, expected_pairs, outcome_chances
from fen.arena.simulate import draw_world, find_truth

NAMES = (
    "fen_rate_2m_s",
    "fen_aggregate_fit_ci_ms",
    "fen_style_2m_s",
    "fen_20m_300_s",
    "fen_mae_elo",
    "false_separation",
    "coverage",
)


def test_every_figure_is_measured_at_a_small_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    written: dict[str, float] = {}
    monkeypatch.setattr(arena, "OUTPUT", tmp_path)
    monkeypatch.setattr(arena, "write_figures", lambda name, figures: written.update(figures))
    assert arena.main(["--quick"]) == 0
    assert set(NAMES) <= set(written)
    assert 0 < written["fen_mae_elo"] < 10
    for name in arena.METHODS[1:] if arena.OTHERS.exists() else ():
        assert written[f"{name}_2m_s"] > 0
        assert written[f"{name}_mae_elo"] == pytest.approx(written["fen_mae_elo"], abs=1)
    printed = capsys.readouterr().out
    assert all(bar.meaning in printed for bar in arena.BARS)


def test_the_truth_is_that_of_half_wins() -> None:
    world = draw_world(12, 5)
    assert arena.half_win_truth(world) == pytest.approx(find_truth(world), abs=1e-9)


def test_a_drawn_board_has_the_votes_that_it_should_have() -> None:
    pairs = expected_pairs()
    drawn = draw_counts(outcome_chances(np.zeros(len(pairs))), pairs, np.random.default_rng(0))
    assert drawn.votes()[15:].tolist() == [30] * 5
    assert drawn.table.sum() == pytest.approx(pairs.sum(), rel=0.02)
