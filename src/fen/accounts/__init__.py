"""Who asks: keys, the rule for callers without one, and the audit log of administration."""

from fen.accounts.audit import AuditEvent, find_actor, make_event
from fen.accounts.audit_log import Audit
from fen.accounts.budget import Budget, check_team, make_caps, parse_budget
from fen.accounts.budget_list import BudgetList
from fen.accounts.key import Key, create_key
from fen.accounts.keyring import Keyring
from fen.accounts.peer import Peer, admit_keyless, client_host, is_loopback, is_trusted

__all__ = [
    "Audit",
    "AuditEvent",
    "Budget",
    "BudgetList",
    "Key",
    "Keyring",
    "Peer",
    "admit_keyless",
    "check_team",
    "client_host",
    "create_key",
    "find_actor",
    "is_loopback",
    "is_trusted",
    "make_caps",
    "make_event",
    "parse_budget",
]
