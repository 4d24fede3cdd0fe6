"""Cleaned rows and problems of a run into their tables, by COPY. Personal values are encrypted on the way in."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from json.encoder import encode_basestring as _quoted
from typing import Any, NamedTuple

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection

from cases.contact_values import comparable
from cases.imports.judging.check import CleanResult, CleanRow, check_book
from cases.imports.judging.forks import usable_helpers
from cases.imports.judging.stretches import ROWS_AT_ONCE
from cases.imports.layout.understanding import Understanding
from cases.imports.reading.read import WorkbookData
from cases.imports.staging.content_hash import content_hash, content_of
from cases.imports.staging.copying import as_lines, copy_lines, copy_rows
from cases.imports.words.fields import Catalogue
from cases.imports.words.problems import Problem
from cases.models import ImportProblem, ImportRow, ImportRun
from collection_ops.core.crypto import blind_indexes, derived_key, encrypt_all
from collection_ops.core.masking import mask_address, mask_name, mask_phone

OVERDUE_COLUMNS = (
    "sheet", "row_number", "state", "contract_no", "debtor_name", "id_type", "id_no", "id_index", "id_last4",
    "product", "region", "credit_limit", "disbursed_on", "due_date", "days_past_due", "principal", "interest",
    "penalty", "fees", "total", "contacts", "point_indexes", "own_phones", "difference",
    "paid_down", "balance_up", "rolled",
)  # fmt: skip
PROBLEM_COLUMNS = ("run_id", "sheet", "row_number", "column", "value", "code", "severity", "params")
ROWS_WORTH_HELPERS = 5_000  # fewer are judged before a helper is born


def forget(*, run: ImportRun) -> None:
    """Delete what an earlier reading of the run staged: a repeated job starts afresh."""
    forget_rows(run=run)
    with connection.cursor() as cursor:
        cursor.execute(f'DELETE FROM "{ImportProblem._meta.db_table}" WHERE run_id = %s', [run.pk])  # noqa: S608


def forget_rows(*, run: ImportRun) -> None:
    """Delete the staged rows: no model hangs on them, and a run that is not applied is no provenance."""
    with connection.cursor() as cursor:
        cursor.execute(f'DELETE FROM "{ImportRow._meta.db_table}" WHERE run_id = %s', [run.pk])  # noqa: S608


@dataclass(frozen=True)
class RowForm:
    """How rows of one catalogue are kept: columns of ImportRow, and what goes into them, row by row (skipped ones hold no
    data and are left out)."""

    columns: Sequence[str]
    lines: Callable[[Sequence[CleanRow]], Iterable[Sequence[Any]]]


class Staged(NamedTuple):
    """What is kept of some rows until the database has them."""

    lines: bytes
    content: int


def check_and_stage(
    *,
    run: ImportRun,
    understanding: Understanding,
    workbook: WorkbookData,
    catalogue: Catalogue,
    form: RowForm,
    business_date: date,
) -> CleanResult:
    """Judge the file and bring its accepted and rejected rows into `import_incoming`, a temporary table of this
    connection: match writes them to ImportRow together with what it found, once. `drop_incoming` when that is done, or
    when the file is refused.

    Rows are judged and encrypted in helper processes while the database takes in the ones before. To be called outside a
    transaction: it takes half a minute for a million rows.
    """
    key = derived_key("import_content")
    rows = sum(len(workbook.sheets[part.sheet_index].rows) for part in (understanding, *understanding.also))
    helpers, rows_at_once = _shares(rows)
    parts: list[int] = []

    def make(some: Sequence[CleanRow]) -> Staged:
        return Staged(as_lines(list(form.lines(some))), content_of(some, key=key))

    def take(staged: Staged) -> None:
        copy_lines(table="import_incoming", columns=form.columns, lines=staged.lines)
        parts.append(staged.content)

    make_incoming(run)
    result = check_book(
        understanding,
        workbook,
        catalogue=catalogue,
        business_date=business_date,
        make=make,
        take=take,
        helpers=helpers,
        rows_at_once=rows_at_once,
    )
    result.content_hash = content_hash(parts)
    return result


def _shares(rows: int) -> tuple[int, int]:
    """How many helpers, and rows at once: two turns each at least, so that none waits long for the others."""
    helpers = usable_helpers() if rows >= ROWS_WORTH_HELPERS else 0
    if not helpers:
        return 0, ROWS_AT_ONCE
    return helpers, min(ROWS_AT_ONCE, max(ROWS_WORTH_HELPERS // 2, rows // (2 * helpers)))


def make_incoming(run: ImportRun) -> None:
    table = ImportRow._meta.db_table
    drop_incoming()
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE TEMP TABLE import_incoming (LIKE "{table}" INCLUDING DEFAULTS)')
        cursor.execute(f"ALTER TABLE import_incoming ALTER id SET DEFAULT nextval('{table}_id_seq')")
        cursor.execute("ALTER TABLE import_incoming ALTER run_id SET DEFAULT %s", [run.pk])


def drop_incoming() -> None:
    """The staged rows have been written, or are not wanted."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.import_incoming")


def stage_problems(*, run: ImportRun, problems: Sequence[Problem]) -> int:
    """All findings of all rows, in their order."""
    return copy_rows(
        table=ImportProblem._meta.db_table,
        columns=PROBLEM_COLUMNS,
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


def problem_counts(run: ImportRun) -> dict[str, Any]:
    """As `preview.count_problems`, over what is kept of the run: what the reading and a comparison found."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT severity, code, count(*) FROM cases_importproblem WHERE run_id = %s GROUP BY 1, 2 ORDER BY 2",
            [run.pk],
        )
        lines = cursor.fetchall()
        cursor.execute(
            """SELECT count(DISTINCT (sheet, row_number)) FROM cases_importproblem
               WHERE run_id = %s AND severity = 'error' AND row_number IS NOT NULL""",
            [run.pk],
        )
        error_rows = cursor.fetchone()[0]
    by_code: Counter[str] = Counter()
    for _severity, code, count in lines:
        by_code[code] += count
    severities = {name: sum(line[2] for line in lines if line[0] == name) for name in ("error", "warning", "info")}
    return {**severities, "error_rows": error_rows, "by_code": dict(by_code)}


def overdue_lines(rows: Sequence[CleanRow]) -> Iterator[tuple[Any, ...]]:
    """Rows of an overdue file for OVERDUE_COLUMNS."""
    data = [row for row in rows if row.state != "skipped"]
    # A rejected row is shown, never written to the book: the person's numbers are not kept for it.
    id_nos = [(row.values["id_no"] or "") if row.state == "accepted" else "" for row in data]
    points = [list(contact_points(row.values)) if row.state == "accepted" else [] for row in data]
    flat = [point for some in points for point in some]
    sealed_ids = encrypt_all(id_nos)
    keys = [(row.values.get("id_key") or "") if id_no else "" for row, id_no in zip(data, id_nos, strict=True)]
    id_indexes = blind_indexes([("id_no", key) for key in keys])
    sealed_points = iter(zip(flat, encrypt_all([point.text for point in flat]), strict=True))
    indexes = iter(blind_indexes([(point.kind, comparable(point.kind, point.text)) for point in flat]))
    for row, id_no, sealed_id, id_index, some in zip(data, id_nos, sealed_ids, id_indexes, points, strict=True):
        values = row.values
        count = len(some)
        yield (
            row.sheet[:64],
            row.row,
            row.state,
            values["contract_no"] or "",
            values["debtor_name"] or "",
            values["id_type"] or "",
            sealed_id,
            id_index,
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
            f"[{', '.join([_point_json(point, sealed) for point, sealed in islice(sealed_points, count)])}]",
            f"{{{','.join(islice(indexes, count))}}}",
            len(values["phones"]) if some else 0,
            "",
            "f",
            "f",
            0,
        )


OVERDUE_FORM = RowForm(OVERDUE_COLUMNS, overdue_lines)


class Point(NamedTuple):
    """One way to reach the debtor, or a third person (then with a relation)."""

    kind: str
    text: str
    masked: str
    relation: str = ""
    holder: str = ""


def contact_points(values: Mapping[str, Any]) -> Iterator[Point]:
    """The ways to reach the debtor that a cleaned row names: the person's own phones first."""
    for number in values["phones"]:
        yield Point("phone", number, mask_phone(number))
    if address := values["address"]:
        yield Point("address", address, mask_address(address)[:64])
    if employer := values["employer"]:
        yield Point("employer", employer, mask_name(employer)[:64])
    for person in values["contacts"]:
        # An unnamed relation is still not the debtor: empty means the person self.
        relation, holder = (person["relation"] or "联系人")[:32], (person["name"] or "")[:64]
        for number in person["phones"] or ():
            yield Point("phone", number, mask_phone(number), relation, holder)


def _point_json(point: Point, sealed: str) -> str:
    """As `ImportRow.contacts` keeps it; put together by hand, since only three of its texts can need an escape."""
    kind, _text, masked, relation, holder = point
    return (
        f'{{"kind": "{kind}", "value": "{sealed}", "masked": {_quoted(masked)},'
        f' "relation": {_quoted(relation)}, "holder": {_quoted(holder)}}}'
    )


def _as_json(value: Any) -> str:
    # A NUL cannot be stored in PostgreSQL's jsonb, and no sentence needs one.
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False).replace("\\u0000", "")
