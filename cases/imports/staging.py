"""Cleaned rows and problems of a run into their tables, by COPY. Personal values are encrypted on the way in."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection

from cases.imports.check import CleanRow
from cases.imports.copying import copy_rows
from cases.imports.problems import Problem
from cases.models import ImportProblem, ImportRow, ImportRun
from collection_ops.core.crypto import blind_index, encrypt
from collection_ops.core.masking import mask_address, mask_name, mask_phone

ROW_COLUMNS = (
    "run_id", "sheet", "row_number", "state", "contract_no", "debtor_name", "id_type", "id_no", "id_index", "id_last4",
    "product", "region", "credit_limit", "disbursed_on", "due_date", "days_past_due", "principal", "interest",
    "penalty", "fees", "total", "contacts", "difference", "paid_down", "balance_up", "rolled",
)  # fmt: skip
ROW_TEXTS = (
    "sheet", "contract_no", "debtor_name", "id_type", "id_no", "id_index", "id_last4", "product", "region", "difference",
)  # fmt: skip
PROBLEM_COLUMNS = ("run_id", "sheet", "row_number", "column", "value", "code", "severity", "params")
PROBLEM_TEXTS = ("sheet", "column", "value")


def forget(*, run: ImportRun) -> None:
    """Delete what an earlier reading of the run staged: a repeated job starts afresh."""
    forget_rows(run=run)
    with connection.cursor() as cursor:
        cursor.execute(f'DELETE FROM "{ImportProblem._meta.db_table}" WHERE run_id = %s', [run.pk])  # noqa: S608


def forget_rows(*, run: ImportRun) -> None:
    """Delete the staged rows: no model hangs on them, and a run that is not applied is no provenance."""
    with connection.cursor() as cursor:
        cursor.execute(f'DELETE FROM "{ImportRow._meta.db_table}" WHERE run_id = %s', [run.pk])  # noqa: S608


def stage_rows(*, run: ImportRun, rows: Iterable[CleanRow]) -> int:
    """Accepted and rejected rows into `import_incoming`, a temporary table of this transaction: match writes them to
    ImportRow together with what it found, once. Skipped rows hold no data and are only counted."""
    table = ImportRow._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.import_incoming")
        cursor.execute(f'CREATE TEMP TABLE import_incoming (LIKE "{table}") ON COMMIT DROP')
        cursor.execute(f"ALTER TABLE import_incoming ALTER id SET DEFAULT nextval('{table}_id_seq')")
    return copy_rows(
        table="import_incoming",
        columns=ROW_COLUMNS,
        texts=ROW_TEXTS,
        rows=(_line(run.pk, row) for row in rows if row.state != "skipped"),
    )


def stage_problems(*, run: ImportRun, problems: Sequence[Problem]) -> int:
    """All findings of all rows, in their order."""
    return copy_rows(
        table=ImportProblem._meta.db_table,
        columns=PROBLEM_COLUMNS,
        texts=PROBLEM_TEXTS,
        rows=(
            (
                run.pk,
                problem.sheet[:64],
                problem.row,
                problem.column[:64],
                problem.value[:200],
                problem.code,
                problem.severity,
                _as_json(problem.params) if problem.params else "{}",
            )
            for problem in problems
        ),
    )


def _line(run_id: int, row: CleanRow) -> tuple[Any, ...]:
    values = row.values
    accepted = row.state == "accepted"
    # A rejected row is shown, never written to the book: the person's numbers are not kept for it.
    id_no = (values["id_no"] or "") if accepted else ""
    key = values.get("id_key") if accepted else None
    return (
        run_id,
        row.sheet[:64],
        row.row,
        row.state,
        values["contract_no"] or "",
        values["debtor_name"] or "",
        values["id_type"] or "",
        encrypt(id_no),
        blind_index("id_no", key) if key else "",
        id_no[-4:],
        values["product"] or "",
        values["region"] or "",
        values["credit_limit"],
        values["disbursed_on"],
        values["due_date"],
        values["days_past_due"],
        values["principal"],
        values["interest"],
        values["penalty"],
        values["fees"],
        values["total"],
        json.dumps(list(contact_points(values)), ensure_ascii=False) if accepted else "[]",
        "",
        "f",
        "f",
        0,
    )


def contact_points(values: dict[str, Any]) -> Iterator[dict[str, str]]:
    """The ways to reach the debtor that a cleaned row names, as `ImportRow.contacts` keeps them (values encrypted)."""
    for number in values.get("phones") or ():
        yield _point("phone", number, index=phone_index(number), masked=mask_phone(number))
    if address := values.get("address"):
        yield _point("address", address, index=_text_index("address", address), masked=mask_address(address)[:64])
    if employer := values.get("employer"):
        yield _point("employer", employer, index=_employer_index(employer), masked=mask_name(employer)[:64])
    for person in values.get("contacts") or ():
        for number in person["phones"] or ():
            yield {
                **_point("phone", number, index=phone_index(number), masked=mask_phone(number)),
                # An unnamed relation is still not the debtor: empty means the person self.
                "relation": (person["relation"] or "联系人")[:32],
                "holder": (person["name"] or "")[:64],
            }


def phone_index(number: str) -> str:
    """The blind index of a phone number, the same for every way of writing it: figures only, a foreign prefix kept."""
    return blind_index("phone", re.sub(r"[^0-9+]", "", number))


def _point(kind: str, value: str, *, index: str, masked: str) -> dict[str, str]:
    return {"kind": kind, "value": encrypt(value), "index": index, "masked": masked, "relation": "", "holder": ""}


def _text_index(subject: str, text: str) -> str:
    return blind_index(subject, re.sub(r"\s", "", text).casefold())


@lru_cache(maxsize=4096)
def _employer_index(employer: str) -> str:
    return _text_index("employer", employer)


def _as_json(value: Any) -> str:
    # A NUL cannot be stored in PostgreSQL's jsonb, and no sentence needs one.
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False).replace("\\u0000", "")
