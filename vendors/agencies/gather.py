"""What stands about agencies, and their standing on a day: a constant number of queries, for one and for all."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Count, Max, Q

from vendors.agencies.limits import Limits, limits_on
from vendors.agencies.standing import Agreed, Checked, Evaluated, Facts, Paper, Standing, Undone, standing
from vendors.models import (
    Agency,
    AgencyCheck,
    AgencyDocument,
    AgencyEvaluation,
    AgencyPerson,
    AgencyState,
    CheckKind,
    Contract,
    ContractVersion,
    DocumentKind,
    Rectification,
    VersionState,
)
from vendors.models.agency import DATA_AGREEMENT_FIELDS

CHECK_LABELS = {str(kind): kind.label for kind in CheckKind}
DOCUMENT_LABELS = {str(kind): kind.label for kind in DocumentKind}


def may_receive(agency: Agency, day: date) -> bool:
    """Whether the agency may be given cases on `day`. Why not says `standing_on`."""
    return standing_on(agency, day).may_receive


def standing_on(agency: Agency, day: date) -> Standing:
    return standing_of([agency], day)[agency.pk]


def standing_of(agencies: Iterable[Agency], day: date) -> dict[int, Standing]:
    """The standing of each, by id. Nine queries, however many there are."""
    return {pk: standing(facts, day) for pk, facts in facts_of(agencies, day).items()}


def facts_of(agencies: Iterable[Agency], day: date) -> dict[int, Facts]:
    """What was known on `day` (by the dates of the papers themselves) about each, by id."""
    rows = {agency.pk: agency for agency in agencies}
    if not rows:
        return {}
    ids, limits = list(rows), limits_on(day)
    contracts, documents = _contracts(ids), _documents(ids, day)
    checks, records = _checks(ids, day), _records(ids, day)
    evaluations, people, undone = _evaluations(ids, day), _people(ids, day), _undone(ids, day)
    return {
        pk: _facts(
            agency,
            limits,
            contracts=tuple(contracts[pk]),
            documents=documents[pk],
            checks=checks[pk],
            record_on=records.get(pk),
            evaluations=tuple(evaluations[pk]),
            people_without_certificate=people.get(pk, 0),
            undone=tuple(undone[pk]),
        )
        for pk, agency in rows.items()
    }


def _facts(agency: Agency, limits: Limits, **gathered: Any) -> Facts:
    return Facts(
        state=agency.state,
        is_active=agency.state == AgencyState.ACTIVE,
        state_label=agency.get_state_display(),
        listed_on=agency.listed_on,
        published_on=agency.published_on,
        hotline=agency.hotline,
        limits=limits,
        check_labels=CHECK_LABELS,
        document_labels=DOCUMENT_LABELS,
        agreement_fields=DATA_AGREEMENT_FIELDS,
        **gathered,
    )


def _contracts(ids: list[int]) -> dict[int, list[Agreed]]:
    approved: dict[int, list[date]] = defaultdict(list)
    versions = ContractVersion.objects.filter(contract__agency__in=ids, state=VersionState.APPROVED)
    rows = Contract.objects.filter(agency__in=ids).order_by("starts_on", "pk")
    for contract, since in versions.values_list("contract", "effective_from"):
        approved[contract].append(since)
    found: dict[int, list[Agreed]] = defaultdict(list)
    for pk, agency, number, starts, ends in rows.values_list("pk", "agency", "number", "starts_on", "ends_on"):
        found[agency].append(Agreed(number, starts, ends, tuple(sorted(approved[pk]))))
    return found


def contract_ends(agencies: Iterable[int]) -> dict[int, date]:
    """By id of the agency the last day of the contract that ends last. One query."""
    rows = Contract.objects.filter(agency__in=list(agencies)).order_by().values("agency")
    return dict(rows.annotate(last=Max("ends_on")).values_list("agency", "last"))


def _documents(ids: list[int], day: date) -> dict[int, dict[str, Paper]]:
    newest = (
        AgencyDocument.objects.filter(agency__in=ids, signed_on__lte=day)
        .order_by("agency", "kind", "-signed_on", "-pk")
        .distinct("agency", "kind")
    )
    found: dict[int, dict[str, Paper]] = defaultdict(dict)
    for agency, kind, signed, until, says in newest.values_list("agency", "kind", "signed_on", "valid_until", "says"):
        found[agency][kind] = Paper(signed, until, says if isinstance(says, dict) else {})
    return found


def _checks(ids: list[int], day: date) -> dict[int, dict[str, Checked]]:
    newest = (
        AgencyCheck.objects.filter(agency__in=ids, checked_on__lte=day)
        .order_by("agency", "kind", "-checked_on", "-pk")
        .distinct("agency", "kind")
    )
    found: dict[int, dict[str, Checked]] = defaultdict(dict)
    for agency, kind, passed, checked_on in newest.values_list("agency", "kind", "passed", "checked_on"):
        found[agency][kind] = Checked(passed, checked_on)
    return found


def _records(ids: list[int], day: date) -> dict[int, date]:
    """A record does not go away because a later check found nothing new."""
    known = AgencyCheck.objects.filter(agency__in=ids, checked_on__lte=day, record_on__isnull=False)
    return dict(known.values("agency").annotate(newest=Max("record_on")).values_list("agency", "newest"))


def _evaluations(ids: list[int], day: date) -> dict[int, list[Evaluated]]:
    rows = AgencyEvaluation.objects.filter(agency__in=ids, done_on__lte=day).order_by("done_on", "pk")
    found: dict[int, list[Evaluated]] = defaultdict(list)
    for agency, kind, done_on, result in rows.values_list("agency", "kind", "done_on", "result"):
        found[agency].append(Evaluated(kind, done_on, result))
    return found


def _people(ids: list[int], day: date) -> dict[int, int]:
    """Who works on the day without a certificate that is good on it."""
    at_work = Q(left_on__isnull=True) | Q(left_on__gte=day)
    certified = Q(certified_on__lte=day) & (Q(certificate_until__isnull=True) | Q(certificate_until__gte=day))
    people = AgencyPerson.objects.filter(at_work, agency__in=ids, started_on__lte=day).exclude(certified)
    return dict(people.values("agency").annotate(number=Count("pk")).values_list("agency", "number"))


def _undone(ids: list[int], day: date) -> dict[int, list[Undone]]:
    """Rectifications that stopped placements by the day and had not been done by then."""
    not_lifted = Q(lifted_on__isnull=True) | Q(lifted_on__gt=day)
    rows = Rectification.objects.filter(not_lifted, agency__in=ids, stopped_on__lte=day).order_by("stopped_on", "pk")
    found: dict[int, list[Undone]] = defaultdict(list)
    for agency, number, since in rows.values_list("agency", "number", "stopped_on"):
        if since is not None:
            found[agency].append(Undone(number, since))
    return found
