"""Bring what was found fine into the book, each kind through the service of the room that owns it. In the transaction of
`files.apply_file` or of one request; the agency's turn is held."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.utils import timezone

from cases.contact_values import comparable
from cases.models import Case, ContactPoint, Promise
from cases.services.promises import PromiseRefused, make_promise
from collection_ops.core.crypto import blind_indexes
from collection_ops.core.models import User
from compliance.complaints.refusals import ComplaintRefused
from compliance.complaints.register import Said, Whose, receive
from compliance.models import Complaint, ComplaintSource, ContactAttempt
from compliance.services.call_details import LogRefused
from compliance.services.feeds import Reported, report_contacts
from compliance.services.log import PastContact
from compliance.services.recordings import note_line
from vendors.models import Agency, ReturnedFact, ReturnedFile
from vendors.returns.claims import write_claims
from vendors.returns.decide import COMPLAINTS, CONTACTS, PAYMENTS, PROMISES, RECORDINGS, Decision

AT_ONCE = 1_000


@dataclass(frozen=True)
class Sender:
    """On whose behalf rows are written, and when. `told_until`: up to when the agency has told its contacts."""

    agency: Agency
    now: datetime
    file: ReturnedFile | None = None
    actor: User | None = None
    told_until: datetime | None = None


def write(kind: str, decisions: Sequence[Decision], sender: Sender) -> None:
    """What a service would not take after all is refused in its decision, with the service's sentence."""
    _WRITERS[kind](decisions, sender)


def _chunks(decisions: Sequence[Decision]) -> Iterator[Sequence[Decision]]:
    for start in range(0, len(decisions), AT_ONCE):
        yield decisions[start : start + AT_ONCE]


# Contacts -----------------------------------------------------------------------------------------------------------


def _contacts(decisions: Sequence[Decision], sender: Sender) -> None:
    """In the order of the debtors: each is counted anew once, and all who lock them do so in one order."""
    ordered = sorted(
        decisions, key=lambda one: (one.held.debtor_id, one.row.said["started_at"]) if one.held else (0, 0)
    )
    org = sender.agency.desk.code
    for some in _by_debtor(ordered):
        cases = Case.objects.select_related("loan").in_bulk({one.case_id for one in some})
        points = _points(some)
        entries = [
            Reported(one.reference, _past(one, cases, points, sender.now), {"entry": one.digest, "file": True})
            for one in some
        ]
        told = report_contacts(entries, org=org, now=sender.now, told_until=sender.told_until)
        for one, found in zip(some, told, strict=True):
            if found.state == "repeated":
                one.know("returned_known")
            elif found.state == "refused":
                one.refuse("returned_contact", sentence=found.sentence)
    if not ordered:
        report_contacts([], org=org, now=sender.now, told_until=sender.told_until)


def _by_debtor(ordered: Sequence[Decision]) -> Iterator[list[Decision]]:
    """Some at a time, all of one debtor together."""
    some: list[Decision] = []
    for one in ordered:
        if len(some) >= AT_ONCE and one.held.debtor_id != some[-1].held.debtor_id:  # type: ignore[union-attr]
            yield some
            some = []
        some.append(one)
    if some:
        yield some


def _points(some: Sequence[Decision]) -> dict[tuple[int, str], ContactPoint]:
    """The contact points that were called, by debtor and number's index; numbers that are none of theirs have none."""
    numbers = sorted({number for one in some for number in one.row.said["phone"] or ()})
    indexes = blind_indexes([("phone", comparable("phone", number)) for number in numbers])
    debtors = {one.held.debtor_id for one in some if one.held}
    found = ContactPoint.objects.filter(kind="phone", debtor_id__in=debtors, value_index__in=indexes).defer("value")
    number_of = dict(zip(indexes, numbers, strict=True))
    return {(point.debtor_id, number_of[point.value_index]): point for point in found}


def _past(
    one: Decision, cases: Mapping[int, Case], points: Mapping[tuple[int, str], ContactPoint], now: datetime
) -> PastContact:
    said, held = one.row.said, one.held
    assert held is not None
    ended = said["ended_at"]
    if ended is None and said["seconds"] is not None:
        ended = min(said["started_at"] + timedelta(seconds=said["seconds"]), max(now, said["started_at"]))
    point = next((points[held.debtor_id, n] for n in said["phone"] or () if (held.debtor_id, n) in points), None)
    return PastContact(
        case=cases[held.case_id], point=point, channel=said["channel"], result=said["result"],
        started_at=said["started_at"], ended_at=ended, direction=said["direction"], note=(said["note"] or "")[:1000],
    )  # fmt: skip


# Promises, payments, complaints, recordings -------------------------------------------------------------------------


def _promises(decisions: Sequence[Decision], sender: Sender) -> None:
    for some in _chunks(decisions):
        cases = Case.objects.in_bulk({one.case_id for one in some})
        facts = []
        for one in some:
            promise = promise_of(one, cases[one.case_id], sender)
            if promise is not None:
                facts.append(fact_of(PROMISES, one, sender, promise=promise))
        ReturnedFact.objects.bulk_create(facts)


def promise_of(one: Decision, case: Case, sender: Sender) -> Promise | None:
    said = one.row.said
    try:
        return make_promise(
            case=case, amount=said["amount"], due_on=said["due_on"], actor=None, now=sender.now,
            channel=said["pay_channel"] or "",
        )  # fmt: skip
    except PromiseRefused as no:
        one.refuse("returned_promise", sentence=str(no))
        return None


def fact_of(kind: str, one: Decision, sender: Sender, **became: Any) -> ReturnedFact:
    return ReturnedFact(
        agency=sender.agency, kind=kind, reference=one.reference, digest=one.digest, file=sender.file, **became
    )


def _payments(decisions: Sequence[Decision], sender: Sender) -> None:
    write_claims(decisions, agency=sender.agency, now=sender.now, file=sender.file)


def _complaints(decisions: Sequence[Decision], sender: Sender) -> None:
    for some in _chunks(decisions):
        cases = Case.objects.select_related("loan__debtor").in_bulk({one.case_id for one in some})
        facts = []
        for one in some:
            complaint = _complaint_of(one, cases[one.case_id], sender)
            if complaint is not None:
                facts.append(fact_of(COMPLAINTS, one, sender, complaint=complaint))
        ReturnedFact.objects.bulk_create(facts)


def _complaint_of(one: Decision, case: Case, sender: Sender) -> Complaint | None:
    said = one.row.said
    received = timezone.make_aware(datetime.combine(said["received_on"], time()))
    words = said["narrative"] + (f"\n{said['type_said']}" if said["type_said"] else "")
    what = Said(
        source=ComplaintSource.AGENCY, type=said["complaint_type"], narrative=words, received_at=received,
        demand=said["demand"] or "", event_on=said["event_on"],
        # Two agencies may both have a number 1; the register knows numbers by their source only.
        source_ref=f"{sender.agency.desk.code}:{one.reference}"[:64],
    )  # fmt: skip
    whose = Whose(debtor=case.loan.debtor, case=case, loans=[case.loan])
    try:
        return receive(said=what, whose=whose, accused=[], actor=sender.actor, now=sender.now, tell=False)
    except ComplaintRefused as no:
        one.refuse("returned_complaint", sentence=str(no))
        return None


def _recordings(decisions: Sequence[Decision], sender: Sender) -> None:
    for some in _chunks(decisions):
        told = {one.contact.attempt_id for one in some if one.contact}
        attempts = ContactAttempt.objects.select_related("case").in_bulk(told)
        for one in some:
            assert one.contact is not None
            said = one.row.said
            try:
                note_line(
                    attempt=attempts[one.contact.attempt_id], recording_ref=said["recording"],
                    recording_hash=said["recording_hash"] or "",
                )  # fmt: skip
            except LogRefused as no:
                one.refuse("returned_contact", sentence=str(no))


_WRITERS: Mapping[str, Callable[[Sequence[Decision], Sender], None]] = {
    CONTACTS: _contacts,
    PROMISES: _promises,
    PAYMENTS: _payments,
    COMPLAINTS: _complaints,
    RECORDINGS: _recordings,
}
