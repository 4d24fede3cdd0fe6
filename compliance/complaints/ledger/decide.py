"""What becomes of each row of a ledger: decided from what the book and the register know of it. Pure.

Whose complaint it is: the contract says it, then the ID number, then the telephone where the name agrees. Nobody is no
fault: it is registered all the same, and found out while it is handled. Registered already, by its number or word by word,
it is not registered again, and nothing of the register is changed by a file.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from cases.imports.cleaning.cells import Finding
from compliance.complaints.ledger.form import Told
from compliance.complaints.ledger.words import OWN_HOUSE, company_name, names_in

Outcome = Literal["opened", "settled", "registered", "joined"]


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """An accepted row. `phones` and `id_index` are blind indexes."""

    row_id: int
    sheet: str
    row_number: int
    received_on: date
    source: str
    reference: str
    name: str
    id_index: str
    phones: tuple[str, ...]
    told: Told


@dataclass(frozen=True, slots=True)
class KnownLoan:
    """`case_id`: the newest case of the contract."""

    loan_id: int
    debtor_id: int
    case_id: int | None


@dataclass(frozen=True, slots=True)
class KnownComplaint:
    """One of the register. `said_index` is empty for those that did not come by a ledger."""

    number: str
    reference: str
    said_index: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the house. `leads`: the team that they lead, empty for none; `may_handle`: complaints, now."""

    pk: int
    unit: str
    leads: str
    may_handle: bool


@dataclass(frozen=True)
class Facts:
    """What is known of what the rows name. `loans`: by contract number; none where several sources have the number and it
    is not plain which is meant (`unclear`). `by_reference`: by (source, number). `people`: by name, username; several
    where two bear the name. `agencies`: code by code and by name, in the form of `company_name`."""

    loans: Mapping[str, KnownLoan] = field(default_factory=dict)
    unclear: frozenset[str] = frozenset()
    by_id: Mapping[str, int] = field(default_factory=dict)
    by_phone: Mapping[str, Sequence[int]] = field(default_factory=dict)
    names: Mapping[int, str] = field(default_factory=dict)
    by_reference: Mapping[tuple[str, str], KnownComplaint] = field(default_factory=dict)
    by_said: Mapping[str, KnownComplaint] = field(default_factory=dict)
    people: Mapping[str, Sequence[Person]] = field(default_factory=dict)
    agencies: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Decision:
    """`outcome`: joined rows only bring contracts and people to the complaint of a row before. `accused`: (user, agency's
    code), one of both empty. `unresolved`: names of the file, by field, that are nobody here; they are kept with the
    complaint as they stand."""

    row: LedgerRow
    outcome: Outcome
    findings: list[tuple[str, Finding]] = field(default_factory=list)
    debtor_id: int | None = None
    loans: list[KnownLoan] = field(default_factory=list)
    accused: list[tuple[int | None, str]] = field(default_factory=list)
    handler: int | None = None
    unresolved: dict[str, list[str]] = field(default_factory=dict)

    @property
    def is_wrong(self) -> bool:
        return any(found.severity == "error" for _name, found in self.findings)

    @property
    def is_accepted(self) -> bool:
        return self.outcome in ("opened", "settled") and not self.is_wrong

    @property
    def case_id(self) -> int | None:
        return next((loan.case_id for loan in self.loans if loan.case_id is not None), None)

    def say(self, code: str, severity: Any, name: str = "", **params: Any) -> None:
        self.findings.append((name, Finding(code, severity, params)))


def decide(rows: Iterable[LedgerRow], facts: Facts) -> list[Decision]:
    """A decision for every row, in the order of the file."""
    decided: list[Decision] = []
    first_of: dict[tuple[str, ...], Decision] = {}
    for row in rows:
        decision = Decision(row, "settled" if row.told.outcome else "opened")
        decided.append(decision)
        if _is_registered(decision, facts) or _comes_again(decision, first_of, facts):
            continue
        _find_debtor(decision, facts)
        _find_accused(decision, facts)
    for decision in decided:  # once all rows have told whom it is about
        if decision.is_accepted:
            _find_handler(decision, facts)
    return decided


def _is_registered(decision: Decision, facts: Facts) -> bool:
    """By its number; where the file or the register has none, by its words."""
    row = decision.row
    known = facts.by_reference.get((row.source, row.reference)) if row.reference else None
    if known is not None:
        decision.outcome = "registered"
        differs = known.said_index and known.said_index != row.told.said_index
        code = "complaint_known_differs" if differs else "complaint_known"
        decision.say(code, "warning", "source_ref", number=known.number)
        return True
    known = facts.by_said.get(row.told.said_index)
    if known is not None and not (known.reference and row.reference):
        decision.outcome = "registered"
        decision.say("complaint_known_by_words", "warning", "narrative", number=known.number)
        return True
    return False


def _comes_again(decision: Decision, first_of: dict[tuple[str, ...], Decision], facts: Facts) -> bool:
    """A row before it in the file is the same complaint. With the same number and words it may name a further contract or
    person, which the first takes over; with the same number and other words only the sender knows which is right, and
    neither goes in."""
    row = decision.row
    key = ("ref", row.source, row.reference) if row.reference else ("said", row.told.said_index)
    first = first_of.setdefault(key, decision)
    if first is decision:
        return False
    decision.outcome = "registered"
    if not row.reference or row.told.said_index == first.row.told.said_index:
        decision.say("complaint_row_again", "warning", "source_ref", first_row=first.row.row_number)
    elif (row.told.narrative, row.received_on) == (first.row.told.narrative, first.row.received_on):
        decision.outcome = "joined"
        decision.say("complaint_row_joined", "info", "source_ref", first_row=first.row.row_number)
        _find_debtor(first, facts, also=row)
        _find_accused(first, facts, also=row)
    else:
        for one, other in ((decision, first), (first, decision)):
            one.say("complaint_contradicts", "error", "source_ref", other_row=other.row.row_number)
        return True
    if row.told.outcome and not first.row.told.outcome:
        first.say("complaint_end_in_other_row", "warning", "outcome", other_row=row.row_number)
    return True


# Whose it is --------------------------------------------------------------------------------------------------------


def _find_debtor(decision: Decision, facts: Facts, also: LedgerRow | None = None) -> None:
    row = also or decision.row
    known = [facts.loans[number] for number in row.told.contracts if number in facts.loans]
    if strange := [number for number in row.told.contracts if number not in facts.loans]:
        unclear = [number for number in strange if number in facts.unclear]
        code = "complaint_contract_unclear" if unclear else "complaint_contract_unknown"
        decision.say(code, "warning", "contract_no", contracts=unclear or strange)
        decision.unresolved.setdefault("contract_no", []).extend(strange)
    if decision.debtor_id is None and known:
        decision.debtor_id = known[0].debtor_id
    of_others = [loan for loan in known if loan.debtor_id != decision.debtor_id]
    if of_others:
        numbers = [number for number in row.told.contracts if facts.loans.get(number) in of_others]
        decision.say("complaint_contracts_of_others", "warning", "contract_no", contracts=numbers)
        decision.unresolved.setdefault("contract_no", []).extend(numbers)
    mine = {loan.loan_id for loan in decision.loans}
    decision.loans += [loan for loan in known if loan not in of_others and loan.loan_id not in mine]
    if also is not None:
        return
    by_id = facts.by_id.get(row.id_index) if row.id_index else None
    if decision.debtor_id is None and by_id is not None:
        decision.debtor_id = by_id
    elif by_id is not None and by_id != decision.debtor_id:
        decision.say("complaint_id_of_another", "warning", "id_no")
    if decision.debtor_id is None:
        _find_by_phone(decision, facts)
    elif row.name and facts.names.get(decision.debtor_id, row.name) != row.name:
        decision.say("complaint_name_differs", "warning", "debtor_name")
    if decision.debtor_id is None:
        decision.say("complaint_of_nobody", "warning", "debtor_name" if row.name else "contract_no")


def _find_by_phone(decision: Decision, facts: Facts) -> None:
    """A number of one person's own, and no other name beside it: whoever complains may call from another's telephone."""
    row = decision.row
    found = {debtor for index in row.phones for debtor in facts.by_phone.get(index, ())}
    named = {debtor for debtor in found if not row.name or facts.names.get(debtor) == row.name}
    if len(named) == 1:
        decision.debtor_id = named.pop()
        decision.say("complaint_found_by_phone", "info", "phone")
    elif found:
        decision.say("complaint_phone_of_another", "warning", "phone")


# Whom it is about ---------------------------------------------------------------------------------------------------


def _find_accused(decision: Decision, facts: Facts, also: LedgerRow | None = None) -> None:
    """People and agencies, in whichever of both columns they stand: ledgers mix them."""
    told = (also or decision.row).told
    for name, text in (("accused", told.accused), ("agencies", told.agencies)):
        strange = []
        for forms in names_in(text):
            found = _accused(forms, facts)
            if found is None:
                strange.append(forms[0])
            elif found not in decision.accused:
                decision.accused.append(found)
        if strange:
            code = "complaint_accused_unknown" if name == "accused" else "complaint_agency_unknown"
            decision.say(code, "warning", name, count=len(strange))
            decision.unresolved.setdefault(name, []).extend(strange)


def _accused(forms: tuple[str, ...], facts: Facts) -> tuple[int | None, str] | None:
    for form in forms:
        people = facts.people.get(form, ())
        if len(people) == 1:
            return people[0].pk, ""
        if org := facts.agencies.get(company_name(form)):
            return None, org
    return None


def _find_handler(decision: Decision, facts: Facts) -> None:
    """Of an open complaint whoever may handle it, with nobody of their own in it (CN-C-02); of a closed one whoever did."""
    text = decision.row.told.handler
    if not text or text in OWN_HOUSE:
        return
    found = [facts.people.get(form, ()) for forms in names_in(text)[:1] for form in forms]
    people = next((some for some in found if some), ())
    if len(people) != 1:
        decision.say("complaint_handler_unknown", "warning", "handler")
    elif decision.outcome == "opened" and not people[0].may_handle:
        decision.say("complaint_handler_cannot", "warning", "handler")
    elif decision.outcome == "opened" and _has_interest(people[0], decision, facts):
        decision.say("complaint_handler_conflict", "warning", "handler")
    else:
        decision.handler = people[0].pk
        return
    decision.unresolved["handler"] = [text]


def _has_interest(person: Person, decision: Decision, facts: Facts) -> bool:
    accused = {user for user, _org in decision.accused if user is not None}
    teams = {one.unit for some in facts.people.values() for one in some if one.pk in accused and one.unit}
    return person.pk in accused or bool(person.leads and person.leads in teams)
