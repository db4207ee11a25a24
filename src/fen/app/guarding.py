"""The guard, by settings: what each tier wants of it, and who examines requests."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from fen.app.guard_tables import GuardTable
from fen.app.settings import Settings
from fen.app.toml import locate
from fen.gateway.call import DEFAULT_TIER
from fen.hierarchy.delegation import Delegation
from fen.hierarchy.leak import Protected
from fen.hierarchy.policy import GuardPolicy
from fen.hierarchy.privilege import Privilege
from fen.hierarchy.sinks import Sinks
from fen.upstreams import read_key
from fen.wire.errors import ConfigError

if TYPE_CHECKING:
    from fen.hierarchy.examine import Examiner

KEY_VARIABLE = "FEN_GUARD_KEY"
"""The variable with the secret of marks, which replicas should share; 32 characters or more."""

_KEY_FILE = "guard.key"
_LEAST_KEY = 32


def read_guards(settings: Settings, tiers: Mapping[str, object]) -> dict[str, GuardPolicy]:
    """Return the policies of the tiers that want a guard; raises ConfigError."""
    guards: dict[str, GuardPolicy] = {}
    base = settings.guard
    for name in tiers:
        own = base.tiers.get(name)
        policy = _make_policy(settings, base if own is None else _merge(base, own), name)
        if policy.works:
            guards[name] = policy
    return guards


def read_enforced(settings: Settings, tiers: Mapping[str, object]) -> dict[str, GuardPolicy]:
    """Return the policies of all tiers for calls that are guarded whatever their tier says: made to enforce.

    Raises ConfigError.
    """
    base = settings.guard
    own = {name: replace(table, mode="enforce") for name, table in base.tiers.items()}
    return read_guards(replace(settings, guard=replace(base, mode="enforce", tiers=own)), tiers)


def needs_examiner(guards: Mapping[str, GuardPolicy]) -> bool:
    """Whether some tier has its requests examined."""
    return any(policy.mode != "off" for policy in guards.values())


def enforce_guard(settings: Settings) -> Settings:
    """Return settings whose guard is on for the default tier, as an evaluation of the guard needs it.

    A guard that the settings have is made to enforce, and stays what it is otherwise. Where they have none,
    all of it is on: requests are examined, those of the requester too, and answers that say the system prompt
    are withheld.
    """
    base, name = settings.guard, DEFAULT_TIER.name
    own = base.tiers.get(name)
    found = base if own is None else _merge(base, own)
    wanted: dict[str, Any] = {"mode": "enforce"}
    if found.mode in (None, "off"):
        full = {"requester": True, "leaks": "withhold", "system": True}
        wanted |= {member: value for member, value in full.items() if getattr(found, member) is None}
    guard = replace(base, tiers={**base.tiers, name: replace(own or GuardTable(), **wanted)})
    return replace(settings, guard=guard)


def protect_judge(settings: Settings) -> Settings:
    """Return settings whose guard, for the default tier, keeps what a judged answer instructs from its judge.

    Only texts without authority are dealt with: who asks a judge is trusted, and a judge may quote its
    rubric.
    """
    guard, name = settings.guard, DEFAULT_TIER.name
    wanted = GuardTable(mode="enforce", requester=False, leaks="off", system=False)
    return replace(settings, guard=replace(guard, tiers={**guard.tiers, name: wanted}))


def open_examiner(settings: Settings) -> Examiner:
    """Return who examines requests; loads the guard and its libraries. Raises ConfigError."""
    # Before numpy is loaded: its matrices here are small, and idle threads of OpenBLAS burn CPU waiting.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from fen.hierarchy.detect import Guard  # noqa: PLC0415  numpy, where no tier wants a guard
    from fen.hierarchy.documents import Documents  # noqa: PLC0415  the same
    from fen.hierarchy.examine import Examiner  # noqa: PLC0415  the same

    return Examiner(Guard.load(), Documents(), read_secret(settings))


def read_secret(settings: Settings) -> bytes:
    """Return the secret of marks: of the variable, or of a file in FEN_HOME, made where it is not there."""
    given = settings.environ.get(KEY_VARIABLE)
    if given:
        if len(given) < _LEAST_KEY:
            raise ConfigError(f"{KEY_VARIABLE}: found {len(given)} characters, expected {_LEAST_KEY} or more")
        return given.encode()
    path = settings.home / _KEY_FILE
    with contextlib.suppress(FileExistsError):
        _make_key(path)
    found = path.read_bytes()
    if len(found) < _LEAST_KEY:
        raise ConfigError(f"{path}: found {len(found)} bytes, expected {_LEAST_KEY} or more")
    return found


def _make_key(path: Path) -> None:
    """Make the file, whole or not at all: workers that start at once read what the first of them made.

    Raises FileExistsError where it is there.
    """
    if path.exists():
        return
    descriptor, draft = tempfile.mkstemp(prefix=_KEY_FILE, dir=path.parent)  # for its owner alone: mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(_LEAST_KEY))
        path.hardlink_to(draft)
    finally:
        Path(draft).unlink()


def _merge(base: GuardTable, own: GuardTable) -> GuardTable:
    """Return a tier's table over the general one."""
    given = {name: value for name, value in msgspec.structs.asdict(own).items() if value is not None}
    given.pop("tiers", None)
    return replace(base, **given)


def _make_policy(settings: Settings, table: GuardTable, tier: str) -> GuardPolicy:
    given: dict[str, Any] = {
        name: getattr(table, name)
        for name in ("mode", "fail", "method", "requester", "leaks", "system", "may_delegate", "keep_text")
        if getattr(table, name) is not None
    }
    policy = GuardPolicy(
        **given,
        secrets=_read_secrets(settings, table.secret_envs or ()),
        canaries=tuple(table.canaries or ()),
        quotable=tuple(table.quotable or ()),
        allowed_tools=("*",) if table.allowed_tools is None else tuple(table.allowed_tools),
        delegations=_read_delegations(table),
        sinks=Sinks(table.sinks or {}),
        hosts=frozenset(table.hosts or ()),
    )
    try:
        Protected(policy.secrets, policy.canaries)
    except ValueError as error:
        raise locate(settings.config, ("guard",), f"{error} ({tier!r})") from None
    return policy


def _read_secrets(settings: Settings, variables: tuple[str, ...] | list[str]) -> tuple[str, ...]:
    found: list[str] = []
    for variable in variables:
        secret = read_key(variable, settings.environ)
        if secret is None:
            message = f"found no variable {variable}, expected the secret in it"
            raise locate(settings.config, ("guard", "secret_envs"), message)
        found.append(secret)
    return tuple(found)


def _read_delegations(table: GuardTable) -> tuple[Delegation, ...]:
    if not table.delegate:
        return ()
    return (Delegation(tuple(table.delegate), Privilege.SYSTEM, Privilege.USER),)
