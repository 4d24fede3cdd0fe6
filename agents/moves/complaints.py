"""Complaints of debtors that were found to be true: whom they are about must not work their cases again."""

from collections.abc import Collection

from cases.models import Hold, HoldType


def upheld_against(user_id: int, debtors: Collection[int]) -> frozenset[int]:
    """Those of `debtors` who complained about this person, and were right: a complaint on file that is proven and names
    the accused, also after its pause is over. One query."""
    upheld = Hold.objects.filter(type=HoldType.COMPLAINT, proven=True, accused=user_id)
    # A big choice is compared here: the complaints about one person are few.
    return frozenset(upheld.values_list("debtor_id", flat=True)) & frozenset(debtors)
