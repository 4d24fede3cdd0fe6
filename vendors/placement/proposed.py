"""Shares of a batch as scorecards propose them. Pure.

Scorecards propose shares of all agencies that were scored. Whoever cannot be chosen now is left out and the others keep
their proportions; what is filled in adds up to 100 exactly.
"""

from collections.abc import Collection, Mapping
from decimal import Decimal

from collection_ops.core.money import split
from vendors.placement.rule import MOST_AGENCIES, WHOLE


def shares_for(agencies: Collection[int], proposed: Mapping[int, Decimal]) -> dict[int, Decimal]:
    """By id, of those of `agencies` that have a proposed share, the largest as many as a batch may have; nothing where
    nobody has one."""
    able = sorted((-share, pk) for pk, share in proposed.items() if pk in agencies and share > 0)[:MOST_AGENCIES]
    if not able:
        return {}
    parts = split(WHOLE, [-share for share, _pk in able])
    return {pk: part for (_share, pk), part in zip(able, parts, strict=True) if part}
