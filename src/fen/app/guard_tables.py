"""`[guard]` of `fen.toml`, and `[guard.tiers.NAME]` over it."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from fen.hierarchy.marking.marks import Method
from fen.hierarchy.policy import Fail, Leaks, Mode


class GuardTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the guard does; what is absent is as fen.hierarchy.policy.GuardPolicy has it.

    secret_envs: variables whose values no answer may say. delegate: origins of parts that are lent the
    user's authority, such as `tool:get_weather`. sinks: of tools, by the path of the argument:
    `[guard.sinks.send_email]` with `to = "recipient"`. tiers: the same again, for one tier.
    """

    mode: Mode | None = None
    fail: Fail | None = None
    method: Method | None = None
    requester: bool | None = None
    leaks: Leaks | None = None
    system: bool | None = None
    secret_envs: list[str] | None = None
    canaries: list[str] | None = None
    quotable: list[str] | None = None
    allowed_tools: list[str] | None = None
    may_delegate: bool | None = None
    delegate: list[str] | None = None
    sinks: Mapping[str, Mapping[str, str]] | None = None
    hosts: list[str] | None = None
    keep_text: bool | None = None
    tiers: Mapping[str, GuardTable] = {}
