"""Whoever computes something from a case's money is told when it changed.

    @on_money_changed
    def keep_promises(*, cases: set[int], day: date, now: datetime) -> None: ...

Told are cases (ids) whose repayments came, were matched or were taken back, and cases that ended or were opened again; in
the transaction of the change, after it. What is registered must be safe to repeat, and cheap for cases that are none of its
concern: a file tells of tens of thousands at once. Before repayments are deleted, `money_leaves` has what points at them
let go.
"""

from collections.abc import Callable, Collection
from datetime import date, datetime
from typing import Protocol

from django.db import connection

from collection_ops.core import clock


class Follower(Protocol):
    """`day` is the lender's calendar day of `now`."""

    def __call__(self, *, cases: set[int], day: date, now: datetime) -> None: ...


_followers: list[Follower] = []


def on_money_changed(follower: Follower) -> Follower:
    """Registers a follower; the same twice is one."""
    if follower not in _followers:
        _followers.append(follower)
    return follower


def tell_money_changed(cases: Collection[int], *, now: datetime) -> None:
    """Tell all followers, in the order of their registration."""
    if cases:
        for follower in _followers:
            follower(cases=set(cases), day=clock.business_date(now), now=now)


LettingGo = Callable[[int], None]
_letting_go: list[LettingGo] = []


def before_money_leaves(function: LettingGo) -> LettingGo:
    """Registers who deletes rows of their own that point at the repayments of an import run (its id)."""
    if function not in _letting_go:
        _letting_go.append(function)
    return function


def money_leaves(*, run_id: int) -> None:
    """The repayments of an import run are about to be deleted."""
    for let_go in _letting_go:
        let_go(run_id)


def cases_of_loans(loans: Collection[int]) -> set[int]:
    """All cases of these contracts: money may be of an earlier one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM cases_case WHERE loan_id = ANY(%s)", [list(loans)])
        return {pk for (pk,) in cursor.fetchall()}


def cases_of_run(run_id: int) -> set[int]:
    """Cases whose money a file brought or found the contract of, and those that it ended. Asked before a file is taken
    back, as well: afterwards nothing tells."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.id FROM cases_case c
            JOIN (SELECT loan_id FROM cases_repayment WHERE run_id = %(run)s
                  UNION SELECT loan_id FROM cases_repayment WHERE matched_by_run_id = %(run)s) p ON p.loan_id = c.loan_id
            UNION SELECT id FROM cases_case WHERE closed_by_run_id = %(run)s
            """,
            {"run": run_id},
        )
        return {pk for (pk,) in cursor.fetchall()}
