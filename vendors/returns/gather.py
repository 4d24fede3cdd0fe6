"""What is known of the rows of a returned file: a handful of queries, whatever their number."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from django.conf import settings

from cases.models import Case
from cases.services.promise_limits import problem_with, terms_of_many
from collection_ops.core import clock
from collection_ops.core.sql import all_rows
from compliance.models import Complaint, ComplaintSource, ReportedContact
from vendors.models import Agency, PaymentClaim, ReturnedFact
from vendors.returns.decide import (
    COMPLAINTS,
    CONTACTS,
    FINE,
    PAYMENTS,
    PROMISES,
    RECORDINGS,
    Contact,
    Decision,
    Facts,
    Held,
    Row,
    decide,
    digest_of,
)

AT_ONCE = 5_000

# Every period in which the agency's desk held a case of one of the contracts.
_HELD = """
    SELECT l.contract_no, l.id, c.id, l.debtor_id, u.started_at, u.ended_at,
           (u.started_at AT TIME ZONE %(zone)s)::date, (u.ended_at AT TIME ZONE %(zone)s)::date
    FROM cases_loan l JOIN cases_case c ON c.loan_id = l.id JOIN cases_custody u ON u.case_id = c.id
    WHERE {named} AND u.desk_id = %(desk)s
    ORDER BY u.started_at, u.id
"""
_BY_CONTRACT = _HELD.format(named="l.contract_no = ANY(%(wanted)s)")
_BY_CASE = _HELD.format(named="c.id = ANY(%(wanted)s)")


def judged(
    kind: str, rows: Sequence[Row], agency: Agency, *, now: datetime, held: Mapping[str, Sequence[Held]] | None = None
) -> list[Decision]:
    """Gathered and decided. `held`: where the rows do not name their contract in `contract_no`."""
    today = clock.business_date(now)
    facts = _facts_of(kind, rows, agency, now, held)
    decided = decide(kind, rows, facts, now=now, today=today)
    # A reference that is made of what a row says is only known now.
    made = [one.reference for one in decided if one.verdict == FINE and not one.row.reference]
    if made and (known := known_references(kind, made, agency)):
        decided = decide(kind, rows, replace(facts, known={**facts.known, **known}), now=now, today=today)
    return decided


def _facts_of(
    kind: str, rows: Sequence[Row], agency: Agency, now: datetime, held: Mapping[str, Sequence[Held]] | None
) -> Facts:
    if kind == RECORDINGS:
        return Facts(contacts=_contacts([row.reference for row in rows], agency))
    if held is None:
        held = _periods(_BY_CONTRACT, sorted({row.contract_no for row in rows}), agency)
    known = known_references(kind, [row.reference for row in rows if row.reference], agency)
    return Facts(held=held, known=known, objections=_objections(rows, held, now) if kind == PROMISES else {})


def held_by_case(case_ids: Iterable[int], agency: Agency) -> dict[str, list[Held]]:
    """Case, as text → its periods with the agency, for senders that name cases."""
    found: dict[str, list[Held]] = defaultdict(list)
    for periods in _periods(_BY_CASE, sorted(set(case_ids)), agency).values():
        for one in periods:
            found[str(one.case_id)].append(one)
    return found


def _periods(statement: str, wanted: Sequence[object], agency: Agency) -> dict[str, list[Held]]:
    found: dict[str, list[Held]] = defaultdict(list)
    given = {"wanted": list(wanted), "desk": agency.desk_id, "zone": settings.TIME_ZONE}
    for contract_no, *period in all_rows(statement, given):
        found[contract_no].append(Held(*period))
    return found


def known_references(kind: str, references: Sequence[str], agency: Agency) -> dict[str, str]:
    """Reference → digest of what it stands for already."""
    found: dict[str, str] = {}
    for start in range(0, len(references), AT_ONCE):
        found |= _known(kind, references[start : start + AT_ONCE], agency)
    return found


def _known(kind: str, references: Sequence[str], agency: Agency) -> dict[str, str]:
    if kind == CONTACTS:
        reported = ReportedContact.objects.filter(org=agency.desk.code, reference__in=references)
        columns = ("reference", "attempt__case_id", "attempt__started_at", "attempt__channel", "attempt__result")
        return {
            reference: digest_of(CONTACTS, case, {"started_at": at, "channel": channel, "result": result})
            for reference, case, at, channel, result in reported.values_list(*columns)
        }
    if kind == PAYMENTS:
        claims = PaymentClaim.objects.filter(agency=agency, reference__in=references)
        return {
            reference: digest_of(PAYMENTS, loan, {"paid_on": day, "amount": amount, "place": place})
            for reference, loan, day, amount, place in claims.values_list(
                "reference", "loan_id", "paid_on", "amount", "place"
            )
        }
    facts = ReturnedFact.objects.filter(agency=agency, kind=kind, reference__in=references)
    known = dict(facts.values_list("reference", "digest"))
    return {**_told_by_program(references, agency), **known} if kind == COMPLAINTS else known


def _told_by_program(references: Sequence[str], agency: Agency) -> dict[str, str]:
    """Complaints that the agency's program registered under these numbers."""
    registered = Complaint.objects.filter(
        source=ComplaintSource.AGENCY, source_ref__in=references, case__in=Case.objects.once_with(agency.desk.code)
    ).values_list("source_ref", "case_id", "received_on", "type", "narrative")
    return {
        reference: digest_of(COMPLAINTS, case, {"received_on": day, "complaint_type": kind, "narrative": words})
        for reference, case, day, kind, words in registered
    }


def _contacts(references: Sequence[str], agency: Agency) -> dict[str, Contact]:
    found: dict[str, Contact] = {}
    for start in range(0, len(references), AT_ONCE):
        reported = ReportedContact.objects.filter(
            org=agency.desk.code, reference__in=references[start : start + AT_ONCE]
        ).values_list("reference", "attempt_id", "attempt__case_id", "attempt__detail__recording_ref")
        found |= {reference: Contact(attempt, case, ref or "") for reference, attempt, case, ref in reported}
    return found


def _objections(rows: Sequence[Row], held: Mapping[str, Sequence[Held]], now: datetime) -> dict[int, str]:
    """Promises that the book would not take today; what several rows of one case come to is found when they are taken."""
    case_of = {row.key: one.case_id for row in rows for one in held.get(row.contract_no, ()) if one.until is None}
    terms = terms_of_many(set(case_of.values()), now)
    found = {}
    for row in rows:
        known = terms.get(case_of.get(row.key, 0))
        problem = known and problem_with(known, amount=row.said["amount"], due_on=row.said["due_on"], excepted=False)
        if problem:
            found[row.key] = problem.sentence
    return found
