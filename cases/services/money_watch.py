"""Who wants to know when the money of contracts has changed: booked, matched, released, reversed or taken back.

    @on_money
    def settle(*, loans: Collection[int], day: date, actor: User | None) -> None: ...

Whoever changes money says so with `money_changed`, in the same transaction, after the change. Before repayments are
deleted, `money_leaves` has what points at them let go.
"""

from collections.abc import Callable, Collection
from datetime import date
from typing import Protocol

from collection_ops.core.models import User


class MoneyWatcher(Protocol):
    def __call__(self, *, loans: Collection[int], day: date, actor: User | None) -> None: ...


LettingGo = Callable[[int], None]
_watchers: list[MoneyWatcher] = []
_letting_go: list[LettingGo] = []


def on_money(watcher: MoneyWatcher) -> MoneyWatcher:
    """Registers what follows from changed money; the same twice is one. It must be safe to repeat."""
    if watcher not in _watchers:
        _watchers.append(watcher)
    return watcher


def before_money_leaves(function: LettingGo) -> LettingGo:
    """Registers who deletes rows of their own that point at the repayments of an import run (its id)."""
    if function not in _letting_go:
        _letting_go.append(function)
    return function


def money_changed(*, loans: Collection[int | None], day: date, actor: User | None) -> None:
    """The confirmed money of these contracts (ids) may be another than before. `day` is the business day of the change."""
    known = sorted({loan for loan in loans if loan is not None})
    if known:
        for watcher in _watchers:
            watcher(loans=known, day=day, actor=actor)


def money_leaves(*, run_id: int) -> None:
    """The repayments of an import run are about to be deleted."""
    for let_go in _letting_go:
        let_go(run_id)
