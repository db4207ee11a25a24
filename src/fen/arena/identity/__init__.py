"""Identities: what gives away who wrote an answer, found in whatever letters it is written."""

from fen.arena.identity.leaks import RULES, Leak, LeakFilter
from fen.arena.identity.probes import is_probe
from fen.arena.identity.roster import Roster, make_roster

__all__ = ["RULES", "Leak", "LeakFilter", "Roster", "is_probe", "make_roster"]
