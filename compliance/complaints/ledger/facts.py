"""What the book, the register and the list of people know of the rows of a ledger: a handful of queries whatever their
number."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from django.db import connection

from cases.models import Desk, ImportRun
from cases.models.desk import DeskKind
from collection_ops.core.access import Role, users_with
from collection_ops.core.crypto import decrypt
from collection_ops.core.models import RoleGrant, User
from compliance.complaints.conflicts import HANDLE
from compliance.complaints.ledger.decide import Facts, KnownComplaint, KnownLoan, LedgerRow, Person
from compliance.complaints.ledger.form import unseal
from compliance.complaints.ledger.words import company_name, names_in

_ROWS = """
SELECT id, sheet, row_number, paid_on, channel, reference, debtor_name, id_index, point_indexes, sealed
FROM cases_importrow
WHERE run_id = %s AND (state = 'accepted' OR state = 'rejected' AND difference = 'joined') ORDER BY id
"""


def rows_of(run: ImportRun) -> list[LedgerRow]:
    """The accepted rows and those joined to them, opened, in the order of the file."""
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, [run.pk])
        return [
            LedgerRow(*known, phones=tuple(phones or ()), told=unseal(decrypt(sealed)))  # type: ignore[misc]
            for *known, phones, sealed in cursor.fetchall()
        ]


def facts_of(run: ImportRun, rows: Sequence[LedgerRow]) -> Facts:
    loans, unclear = _loans(run, {number for row in rows for number in row.told.contracts})
    by_id = _by_id({row.id_index for row in rows if row.id_index})
    by_phone = _by_phone({index for row in rows for index in row.phones})
    debtors = {loan.debtor_id for loan in loans.values()}.union(by_id.values(), *by_phone.values())
    by_reference, by_said = _registered(rows)
    return Facts(
        loans=loans,
        unclear=unclear,
        by_id=by_id,
        by_phone=by_phone,
        names=_names(debtors),
        by_reference=by_reference,
        by_said=by_said,
        people=_people(_forms(rows)),
        agencies=_agencies(),
    )


_LOANS = """
SELECT l.contract_no, l.source_id, l.id, l.debtor_id, (
    SELECT c.id FROM cases_case c WHERE c.loan_id = l.id ORDER BY c.episode DESC LIMIT 1
)
FROM cases_loan l WHERE l.contract_no = ANY(%s) ORDER BY l.id
"""


def _loans(run: ImportRun, numbers: set[str]) -> tuple[dict[str, KnownLoan], frozenset[str]]:
    """The run's own source knows best what it calls a contract; another's counts where only one has the number."""
    found: dict[str, list[tuple[int, KnownLoan]]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_LOANS, [sorted(numbers)])
        for number, source, *loan in cursor.fetchall():
            found[number].append((source, KnownLoan(*loan)))
    known, unclear = {}, set()
    for number, some in found.items():
        own = [loan for source, loan in some if source == run.source_id]
        if own or len(some) == 1:
            known[number] = own[0] if own else some[0][1]
        else:
            unclear.add(number)
    return known, frozenset(unclear)


def _by_id(indexes: set[str]) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id_index, min(id) FROM cases_debtor WHERE id_index = ANY(%s) GROUP BY 1", [sorted(indexes)]
        )
        return dict(cursor.fetchall())


def _by_phone(indexes: set[str]) -> dict[str, list[int]]:
    """People by a telephone of their own."""
    found: dict[str, list[int]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT DISTINCT value_index, debtor_id FROM cases_contactpoint
               WHERE kind = 'phone' AND relation = '' AND value_index = ANY(%s) ORDER BY 2""",
            [sorted(indexes)],
        )
        for index, debtor in cursor.fetchall():
            found[index].append(debtor)
    return found


def _names(debtors: set[int]) -> dict[int, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, name FROM cases_debtor WHERE id = ANY(%s)", [sorted(debtors)])
        return dict(cursor.fetchall())


_REGISTERED = """
SELECT c.id, c.received_on, c.source, c.source_ref, c.said_index FROM compliance_complaint c
WHERE {found} ORDER BY c.id DESC
"""
_BY_REFERENCE = _REGISTERED.format(
    found="c.source_ref <> '' AND (c.source, c.source_ref) IN (SELECT * FROM unnest(%s::text[], %s::text[]))"
)
_BY_SAID = _REGISTERED.format(found="c.said_index <> '' AND c.said_index = ANY(%s)")


def _registered(
    rows: Sequence[LedgerRow],
) -> tuple[dict[tuple[str, str], KnownComplaint], dict[str, KnownComplaint]]:
    pairs = sorted({(row.source, row.reference) for row in rows if row.reference})
    with connection.cursor() as cursor:
        cursor.execute(_BY_REFERENCE, [[source for source, _ref in pairs], [ref for _source, ref in pairs]])
        by_reference = {(source, ref): _known(pk, day, ref, said) for pk, day, source, ref, said in cursor.fetchall()}
        cursor.execute(_BY_SAID, [sorted({row.told.said_index for row in rows})])
        by_said = {said: _known(pk, day, ref, said) for pk, day, _source, ref, said in cursor.fetchall()}
    return by_reference, by_said


def _known(pk: int, received_on: date, reference: str, said_index: str) -> KnownComplaint:
    return KnownComplaint(f"TS{received_on:%Y%m%d}-{pk}", reference, said_index)


def _forms(rows: Iterable[LedgerRow]) -> set[str]:
    """What people may be called by in the file."""
    texts = {text for row in rows for text in (row.told.accused, row.told.agencies, row.told.handler) if text}
    return {form for text in texts for forms in names_in(text) for form in forms}


def _people(forms: set[str]) -> dict[str, list[Person]]:
    """By name and by username, those who have left among them: complaints are about what was."""
    users = User.objects.filter(display_name__in=forms) | User.objects.filter(username__in=forms)
    known = list(users.order_by("pk"))
    handlers = set(users_with(HANDLE).filter(pk__in=[user.pk for user in known]).values_list("pk", flat=True))
    leaders = set(RoleGrant.objects.filter(user__in=known, role=Role.TEAM_LEADER).values_list("user_id", flat=True))
    found: dict[str, list[Person]] = defaultdict(list)
    for user in known:
        person = Person(user.pk, user.unit, user.unit if user.pk in leaders else "", user.pk in handlers)
        for form in {user.display_name, user.username} & forms:
            found[form].append(person)
    return found


def _agencies() -> dict[str, str]:
    """Desks of agencies by code and name; a name that two have means neither."""
    found: dict[str, set[str]] = defaultdict(set)
    for code, name in Desk.objects.filter(kind=DeskKind.AGENCY).values_list("code", "name"):
        found[company_name(code)].add(code)
        found[company_name(name)].add(code)
    return {form: codes.pop() for form, codes in found.items() if len(codes) == 1}
