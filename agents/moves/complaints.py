"""Complaints of debtors that were upheld: whom they are about must not work their cases again."""

from collections.abc import Collection
from datetime import date

from agents.assignment.complaints import upheld_complaints


def upheld_against(user_id: int, debtors: Collection[int], *, day: date) -> frozenset[int]:
    """Those of `debtors` whose complaint about this person was upheld up to `day`. One query."""
    return frozenset(one.debtor_id for one in upheld_complaints(day, list(debtors)) if one.user_id == user_id)
