"""The guard, by settings: what each tier wants of it, and who examines requests."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from fen.app.guard_tables import GuardTable
from fen.app.settings import Settings
from fen.app.toml import locate
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
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        found = path.read_bytes()
        if len(found) < _LEAST_KEY:
            message = f"{path}: found {len(found)} bytes, expected {_LEAST_KEY} or more"
            raise ConfigError(message) from None
        return found
    with os.fdopen(descriptor, "wb") as file:
        made = secrets.token_bytes(_LEAST_KEY)
        file.write(made)
    return made


def _merge(base: GuardTable, own: GuardTable) -> GuardTable:
    """Return a tier's table over the general one."""
    given = {name: value for name, value in msgspec.structs.asdict(own).items() if value is not None}
    given.pop("tiers", None)
    return msgspec.structs.replace(base, **given)


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
