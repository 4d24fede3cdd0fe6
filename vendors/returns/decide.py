"""What becomes of each row of a returned file: fine, known already, or refused with a reason. Pure.

A contact that took place is taken whenever the agency has had the case at any time: a call after the recall is a fact, and a
breach to be flagged. So is what a debtor complains of. A promise needs the case now, a payment on its day. Beyond that an
agency is told the same of what another has and of what does not exist.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

CLOCKS_DIFFER = timedelta(minutes=1)
FINE, KNOWN, REFUSED = "fine", "known", "refused"
CONTACTS, PROMISES, PAYMENTS, COMPLAINTS, RECORDINGS = "contacts", "promises", "payments", "complaints", "recordings"


@dataclass(frozen=True, slots=True)
class Row:
    """`key` names it among the rows asked about. `said`: the values of its kind (catalogues.KINDS), read and checked."""

    key: int
    contract_no: str
    reference: str
    said: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Held:
    """The agency's desk held a case of this contract in [since, until); the days are those of the lender's calendar."""

    loan_id: int
    case_id: int
    debtor_id: int
    since: datetime
    until: datetime | None
    first_day: date
    last_day: date | None


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact that the agency told of before."""

    attempt_id: int
    case_id: int
    recording: str


@dataclass(frozen=True)
class Facts:
    """What is known of the rows. `known`: reference → digest of the entry that it stands for. `objections`: row → why the
    book would not take its promise."""

    held: Mapping[str, Sequence[Held]] = field(default_factory=dict)
    known: Mapping[str, str] = field(default_factory=dict)
    contacts: Mapping[str, Contact] = field(default_factory=dict)
    objections: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reason:
    """A finding: the sentence stands in `texts`."""

    code: str
    value: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Decision:
    """`reference`: the agency's, or one made of what the row says. `held`: the case that it is about; of a recording
    `contact` knows it."""

    row: Row
    verdict: str = FINE
    reason: Reason | None = None
    held: Held | None = None
    contact: Contact | None = None
    reference: str = ""
    digest: str = ""

    def refuse(self, code: str, value: str = "", **params: Any) -> None:
        self.verdict, self.reason = REFUSED, Reason(code, value, params)

    def know(self, code: str) -> None:
        self.verdict, self.reason = KNOWN, Reason(code)

    @property
    def case_id(self) -> int | None:
        return self.held.case_id if self.held else self.contact.case_id if self.contact else None


def decide(kind: str, rows: Sequence[Row], facts: Facts, *, now: datetime, today: date) -> list[Decision]:
    """A decision for each row, in their order."""
    decided = [Decision(row) for row in rows]
    for one in decided:
        if kind == RECORDINGS:
            _of_recording(one, facts)
        else:
            _of_case(one, kind, facts, now, today)
        if one.verdict == FINE and (sentence := facts.objections.get(one.row.key)):
            one.refuse("returned_promise", sentence=sentence)
    _among_each_other(decided)
    return decided


def told_through(heard: datetime, spans: Iterable[tuple[datetime, datetime]]) -> datetime:
    """Up to when all has been told, where it was told up to `heard` and files tell of these spans: a day that is missing in
    between holds up what comes after it, until it is there."""
    for begun, until in sorted(spans):
        if begun > heard:
            break
        heard = max(heard, until)
    return heard


def digest_of(kind: str, owner: int, said: Mapping[str, Any]) -> str:
    """What an entry says, as a digest: `owner` is the case, of a payment the loan."""
    names = {
        CONTACTS: ("started_at", "channel", "result"),
        PROMISES: ("amount", "due_on"),
        PAYMENTS: ("paid_on", "amount", "place"),
        COMPLAINTS: ("received_on", "complaint_type", "narrative"),
        RECORDINGS: ("recording",),
    }[kind]
    return hashlib.sha256("\x1f".join([kind, str(owner), *(_plain(said[name]) for name in names)]).encode()).hexdigest()


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return str(int(value.timestamp()))
    return "" if value is None else str(value)


def _of_recording(one: Decision, facts: Facts) -> None:
    row = one.row
    one.reference = row.reference
    contact = facts.contacts.get(row.reference)
    if contact is None:
        one.refuse("returned_no_contact", row.reference)
        return
    one.contact = contact
    one.digest = digest_of(RECORDINGS, contact.attempt_id, row.said)
    if contact.recording == row.said["recording"]:
        one.know("returned_known")
    elif contact.recording:
        one.refuse("returned_other_recording", row.reference)


def _of_case(one: Decision, kind: str, facts: Facts, now: datetime, today: date) -> None:
    row = one.row
    if _in_future(kind, row.said, now, today):
        one.refuse("returned_future")
        return
    periods = facts.held.get(row.contract_no, ())
    one.held = _period(kind, periods, row.said, today)
    if one.held is None:
        if kind in (CONTACTS, COMPLAINTS):
            one.refuse("returned_never_held", row.contract_no)
        else:
            day = row.said["paid_on"] if kind == PAYMENTS else today
            one.refuse("returned_not_held", row.contract_no, day=day.isoformat())
        return
    if len({period.loan_id for period in periods}) > 1:
        one.held = None
        one.refuse("returned_several", row.contract_no)
        return
    one.digest = digest_of(kind, one.held.loan_id if kind == PAYMENTS else one.held.case_id, row.said)
    one.reference = row.reference or f"~{one.digest[:40]}"
    before = facts.known.get(one.reference)
    if before == one.digest:
        one.know("returned_known")
    elif before is not None:
        one.refuse("returned_reference_used", row.reference)


def _in_future(kind: str, said: Mapping[str, Any], now: datetime, today: date) -> bool:
    if kind == CONTACTS:
        ended = said["ended_at"]
        return said["started_at"] > now + CLOCKS_DIFFER or (ended is not None and ended > now + CLOCKS_DIFFER)
    day = {PAYMENTS: "paid_on", COMPLAINTS: "received_on"}.get(kind)
    return day is not None and said[day] > today


def _period(kind: str, periods: Sequence[Held], said: Mapping[str, Any], today: date) -> Held | None:
    """In whose time with the agency the fact lies. Periods come in their order."""
    if kind == PROMISES:
        return next((one for one in periods if one.until is None), None)
    if kind == PAYMENTS:
        day = said["paid_on"]
        covering = [one for one in periods if one.first_day <= day and (one.last_day is None or day <= one.last_day)]
        return covering[-1] if covering else None
    day = said["started_at"].date() if kind == CONTACTS else said["received_on"]
    begun = [one for one in periods if one.first_day <= day]
    # Of what was told for a day before the first: the first, for the rules to find it.
    return begun[-1] if begun else next(iter(periods), None)


def _among_each_other(decided: Sequence[Decision]) -> None:
    """One reference in several rows: the same words once, other words not at all, since only the agency knows which is
    right."""
    digests: dict[str, set[str]] = {}
    for one in decided:
        if one.digest:
            digests.setdefault(one.reference, set()).add(one.digest)
    met: set[str] = set()
    for one in decided:
        if one.verdict != FINE:
            continue
        if len(digests[one.reference]) > 1:
            one.refuse("returned_reference_twice", one.row.reference)
        elif one.reference in met:
            one.know("returned_repeated")
        met.add(one.reference)
