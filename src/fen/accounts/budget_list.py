"""The budgets of keys and teams, as they are kept."""

from __future__ import annotations

from fen.accounts.audit import make_event
from fen.accounts.budget import Budget
from fen.accounts.store import BudgetStore, list_budgets
from fen.storage import Storage


class BudgetList:
    """The budgets of a database.

    A change is known to other processes within a keyring's second, and counts from the next call on; what
    was spent in the window stays spent.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._store = BudgetStore(storage)

    async def list(self) -> list[Budget]:
        """Return all, in the order of scope, owner and period."""
        return await self._storage.read(list_budgets)

    async def set(self, budget: Budget, actor: str) -> None:
        """Set an owner's budget for its period, in the place of the one before."""
        event = make_event(actor, "budget.set", f"{budget.scope}:{budget.owner}", {"limit": str(budget)})
        await self._storage.writer.run(self._store.set, budget, event)

    async def remove(self, budget: Budget, actor: str) -> None:
        """Remove an owner's budget for its period."""
        event = make_event(actor, "budget.remove", f"{budget.scope}:{budget.owner}", {"limit": str(budget)})
        await self._storage.writer.run(self._store.remove, budget, event)
