"""How scores came about, from what runs and suites say of themselves; and where two of them differ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from fen.evals.record import Record
from fen.evals.report.select import Entry
from fen.evals.report.values import Method
from fen.evals.suite import Suite

UNTOLD = "not recorded"

_Key = tuple[str, str, str, str, str]


def describe_methods(entries: Sequence[Entry], suites: Mapping[str, Suite]) -> tuple[Method, ...]:
    """Return one method for each suite, or several where runs differ in version, scorer, decoding, options.

    A suite that is not known any more, or whose version is another now, says nothing of shots and template.
    """
    found: dict[_Key, Method] = {}
    for entry in entries:
        for record in entry.records:
            key = _identify(record, entry)
            if key not in found:
                found[key] = _describe(record, key, suites.get(record.suite))
    return tuple(found[key] for key in sorted(found))


def _identify(record: Record, entry: Entry) -> _Key:
    run = next((run for run in entry.runs if run.id == record.run), None)
    if run is None:
        return record.suite, record.version, record.scorer, UNTOLD, ""
    mine = f"{record.suite}."
    options = ", ".join(
        f"{name.removeprefix(mine)}={value}"
        for name, value in sorted(run.options.items())
        if name.startswith(mine)
    )
    return record.suite, record.version, record.scorer, run.decoding.get(record.suite, UNTOLD), options


def _describe(record: Record, key: _Key, suite: Suite | None) -> Method:
    _, version, scorer, decoding, options = key
    if suite is None or suite.version != version:
        shots, template = None, UNTOLD if suite is None else f"of version {version}"
    else:
        shots, template = suite.shots, suite.template
    return Method(
        suite=record.suite,
        version=version,
        scorer=scorer,
        dimension=record.dimension if suite is None else suite.dimension,
        shots=shots,
        template=f"{template}; {options}" if options else template,
        decoding=decoding,
        clustered="" if suite is None else suite.clustered or "",
        languages=(record.language,) if suite is None else suite.languages,
        licence="" if suite is None else suite.licence,
        source="" if suite is None else suite.source,
    )


def find_clashes(entries: Sequence[Entry]) -> Iterable[str]:
    """Tell the suites of which two models' scores came about in different ways."""
    ways: dict[str, dict[_Key, list[str]]] = {}
    for entry in entries:
        for key in sorted({_identify(record, entry) for record in entry.records}):
            ways.setdefault(key[0], {}).setdefault(key, []).append(entry.name)
    for suite, told in sorted(ways.items()):
        if len(told) > 1:
            parts = (f"{', '.join(names)}: {_tell(key)}" for key, names in told.items())
            yield f"{suite} was not measured in one way, do not compare ({'; '.join(parts)})"


def _tell(key: _Key) -> str:
    _, version, scorer, decoding, options = key
    return ", ".join(part for part in (f"version {version}", scorer, decoding, options) if part)
