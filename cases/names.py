"""Names: whose full name a person may read (everywhere else it is masked), and what the lender is called."""

from collections.abc import Collection, Iterable

from django.conf import settings

from cases.models import Case, Desk, DeskKind
from collection_ops.core.access import Scope, scope
from collection_ops.core.masking import mask_name
from collection_ops.core.models import User


def open_names(user: User, cases: Collection[Case]) -> frozenset[int]:
    """Ids of those of `cases` whose debtor's name `user` may read in full.

    One query at most, and none where the scope of `names.see` covers what the person was shown anyway. The two scopes
    differ for somebody with two roles: a clerk who also collects sees full names on the own desk only.
    """
    granted = scope(user, "names.see")
    if granted is None or not cases:
        return frozenset()
    ids = frozenset(case.pk for case in cases)
    if granted == Scope.ALL or granted == scope(user, "cases.view"):
        return ids
    return frozenset(Case.objects.for_user(user, "names.see").filter(pk__in=ids).values_list("pk", flat=True))


def lender_of(case: Case) -> str:
    """Whom the debt is owed to, in words for the debtor: the lender as it calls itself, or the source of the case. Expects
    `case` with loan and source."""
    return str(settings.LENDER_NAME) or case.loan.source.name


def agency_names(codes: Collection[str]) -> dict[str, str]:
    """Code of an agency's desk → what the agency is called. One query, none without codes."""
    if not codes:
        return {}
    return dict(Desk.objects.filter(kind=DeskKind.AGENCY, code__in=codes).values_list("code", "name"))


def shown_name(name: str, *, full: bool) -> str:
    return name if full else mask_name(name)


def shown_names(user: User, cases: Iterable[Case]) -> dict[int, str]:
    """Case id → name as this person may read it."""
    listed = list(cases)
    full = open_names(user, listed)
    return {case.pk: shown_name(case.loan.debtor.name, full=case.pk in full) for case in listed}
