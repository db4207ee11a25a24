"""One way to rate models, as a process of its own: `python -m bench.arena_method METHOD FILE`.

FILE is a Parquet file of votes with dictionary-encoded columns `left`, `right` and `outcome`. It is read into
memory before any clock runs. Printed is one JSON object: `convert_s`, from the file's bytes to what the
method takes; `rate_s`, from there to ratings (of `fen`: with intervals, and its parts in ms beside it);
`ratings`, by model in natural log-odds; `peak_mb`, the most memory that the process had, less what its
imports took.

- `fen`: counts, Newton's method, sandwich covariance.
- `evalica`: its `bradley_terry`, from columns of names and winners, ties as half.
- `choix`: its `ilsr_pairwise_dense`, from a matrix that is counted with NumPy; ties as half.
- `fastchat`: the method that FastChat published with its arena: a logistic regression without a penalty on
  one row for each pair and direction, weighted by counts, from a table of names (scikit-learn).
"""

import io
import json
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

pq: Any = import_module("pyarrow.parquet")

OUTCOMES = ("left", "right", "tie", "both_bad")
Told = dict[str, Any]


def main(method: str, file: str) -> None:
    """Rate, and print what was found."""
    rate = METHODS[method]
    stored = Path(file).read_bytes()
    told = rate(stored)
    told["peak_mb"] = memory_mb() - told.pop("base_mb")
    print(json.dumps(told))


def rate_fen(stored: bytes) -> Told:
    from fen.arena.columns import read_ballots
    from fen.arena.rating.counts import count_votes
    from fen.arena.rating.covariance import vote_covariance
    from fen.arena.rating.fit import fit_counts

    base, begun = memory_mb(), perf_counter()
    ballots = read_ballots(stored)
    converted = perf_counter()
    counts = count_votes(ballots)
    counted = perf_counter()
    fit = fit_counts(counts)
    fitted = perf_counter()
    covariance = vote_covariance(fit, counts)
    np.sqrt(np.diag(covariance))
    ended = perf_counter()
    return {
        "base_mb": base,
        "convert_s": converted - begun,
        "rate_s": ended - converted,
        "aggregate_ms": (counted - converted) * 1e3,
        "fit_ms": (fitted - counted) * 1e3,
        "interval_ms": (ended - fitted) * 1e3,
        "ratings": dict(zip((ballots.models[at] for at in fit.rated), fit.strength.tolist(), strict=True)),
    }


def rate_evalica(stored: bytes) -> Told:
    import_module("pandas")  # not part of what is timed
    evalica = import_module("evalica")

    base, begun = memory_mb(), perf_counter()
    frame = read_frame(stored)
    winner = {
        "left": evalica.Winner.X,
        "right": evalica.Winner.Y,
        "tie": evalica.Winner.Draw,
        "both_bad": evalica.Winner.Draw,
    }
    xs, ys = frame["left"].astype(str).tolist(), frame["right"].astype(str).tolist()
    winners = [winner[outcome] for outcome in frame["outcome"].astype(str).tolist()]
    converted = perf_counter()
    found = evalica.bradley_terry(xs, ys, winners)
    ended = perf_counter()
    ratings = {str(name): float(np.log(score)) for name, score in found.scores.items()}
    return {"base_mb": base, "convert_s": converted - begun, "rate_s": ended - converted, "ratings": ratings}


def rate_choix(stored: bytes) -> Told:
    choix = import_module("choix")

    base, begun = memory_mb(), perf_counter()
    models, left, right, outcome = read_codes(stored)
    converted = perf_counter()
    n = len(models)
    wins = np.zeros((n, n))
    for code, (mine, theirs) in enumerate(((1.0, 0.0), (0.0, 1.0), (0.5, 0.5), (0.5, 0.5))):
        chosen = outcome == code
        met = np.bincount(left[chosen].astype(np.intp) * n + right[chosen], minlength=n * n).reshape(n, n)
        wins += mine * met + theirs * met.T
    found = choix.ilsr_pairwise_dense(wins, max_iter=10_000)
    ended = perf_counter()
    return {
        "base_mb": base,
        "convert_s": converted - begun,
        "rate_s": ended - converted,
        "ratings": dict(zip(models, found.tolist(), strict=True)),
    }


def rate_fastchat(stored: bytes) -> Told:
    pd, linear_model = import_module("pandas"), import_module("sklearn.linear_model")

    base, begun = memory_mb(), perf_counter()
    frame = read_frame(stored).astype(str)
    converted = perf_counter()
    tables = [
        pd.crosstab(part["left"], part["right"])
        for part in (
            frame[frame["outcome"] == "left"],
            frame[frame["outcome"] == "right"],
            frame[frame["outcome"].isin(["tie", "both_bad"])],
        )
    ]
    models = sorted(set(frame["left"]) | set(frame["right"]))
    a, b, t = (table.reindex(index=models, columns=models, fill_value=0).to_numpy() for table in tables)
    wins = 2 * (a + b.T) + t + t.T
    first, second = np.nonzero(wins)
    rows = np.zeros((len(first), len(models)))
    rows[np.arange(len(first)), first], rows[np.arange(len(first)), second] = 1.0, -1.0
    x, y = np.concatenate([rows, -rows]), np.concatenate([np.ones(len(rows)), np.zeros(len(rows))])
    weight = np.tile(wins[first, second], 2)
    model = linear_model.LogisticRegression(fit_intercept=False, C=np.inf, tol=1e-6, max_iter=1000)
    model.fit(x, y, sample_weight=weight)
    ended = perf_counter()
    return {
        "base_mb": base,
        "convert_s": converted - begun,
        "rate_s": ended - converted,
        "ratings": dict(zip(models, model.coef_[0].tolist(), strict=True)),
    }


def read_codes(stored: bytes) -> tuple[tuple[str, ...], Any, Any, Any]:
    """The models' names, and the columns as codes of one dictionary each."""
    table = pq.read_table(io.BytesIO(stored), read_dictionary=["left", "right", "outcome"])
    columns = [table.column(name).unify_dictionaries().combine_chunks() for name in table.column_names[:3]]
    left, right, outcome = columns
    names = left.dictionary.to_pylist()
    models = tuple(sorted(set(names) | set(right.dictionary.to_pylist())))
    place = {name: at for at, name in enumerate(models)}
    return (
        models,
        recode(left, place),
        recode(right, place),
        recode(outcome, {name: at for at, name in enumerate(OUTCOMES)}),
    )


def recode(column: Any, place: dict[str, int]) -> Any:
    codes = np.array([place[name] for name in column.dictionary.to_pylist()], np.int32)
    return codes[column.indices.to_numpy(zero_copy_only=False)]


def read_frame(stored: bytes) -> Any:
    return import_module("pandas").read_parquet(io.BytesIO(stored))


def memory_mb() -> float:
    """The most memory that this process had; not `ru_maxrss`, which begins at what its parent had."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


METHODS: dict[str, Callable[[bytes], Told]] = {
    "fen": rate_fen,
    "evalica": rate_evalica,
    "choix": rate_choix,
    "fastchat": rate_fastchat,
}

if __name__ == "__main__":
    main(*sys.argv[1:])
