"""A returned file through the importer's rooms: read in a child process with limits, understood by its headings, its rows
cleaned and judged by themselves. No database."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from cases.imports.judging.check import clean_sheet
from cases.imports.judging.result import CleanRow
from cases.imports.layout.layouts import Understanding, recognise
from cases.imports.limits import read_limits
from cases.imports.reading.read import read_file
from cases.imports.words.problems import FileRefused, Problem
from vendors.returns.catalogues import KINDS
from vendors.returns.decide import Row


@dataclass(frozen=True)
class Read:
    """What a file holds. `good` rows are to be decided about, `bad` ones have errors of their own. `problems`: findings of
    each row by (sheet, number), `notes` those of the file."""

    good: list[CleanRow] = field(default_factory=list)
    bad: list[CleanRow] = field(default_factory=list)
    problems: Mapping[tuple[str, int], list[Problem]] = field(default_factory=dict)
    notes: list[Problem] = field(default_factory=list)


class Unreadable(Exception):
    """No row of the file can be read; `problem` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


def read_returned(path: Path, *, kind: str, today: date) -> Read:
    """Raises Unreadable."""
    known = KINDS[kind]
    try:
        workbook = read_file(path, limits=read_limits())
    except FileRefused as refused:
        raise Unreadable(refused.as_problem()) from refused
    understanding = recognise(workbook, catalogue=known.catalogue, synonyms=known.synonyms())
    if understanding.refusal is not None:
        raise Unreadable(understanding.refusal)
    if understanding.questions:
        raise Unreadable(_asked_back(understanding))
    result = clean_sheet(understanding, workbook, catalogue=known.catalogue, business_date=today)
    if result.refused:
        raise Unreadable(next(one for one in result.problems if one.row is None and one.severity == "error"))
    rows = [row for row in result.rows if row.state != "skipped"]
    if not rows:
        raise Unreadable(_of_file("returned_no_rows"))
    problems: dict[tuple[str, int], list[Problem]] = {}
    for one in result.problems:
        if one.row is not None and one.severity != "info":
            problems.setdefault((one.sheet, one.row), []).append(one)
    return Read(
        good=[row for row in rows if row.state == "accepted"],
        bad=[row for row in rows if row.state == "rejected"],
        problems=problems,
        notes=[one for one in result.problems if one.row is None],
    )


def _asked_back(understanding: Understanding) -> Problem:
    """An agency is asked for other headings; nobody here answers for it what its columns mean."""
    question = understanding.questions[0]
    if question.code == "ask_missing":
        headings = [heading for heading in understanding.headings if heading]
        return _of_file("column_missing", field=question.key.partition(":")[2], headings=headings)
    return _of_file("returned_columns", sentence=question.message)


def _of_file(code: str, **params: Any) -> Problem:
    return Problem("", None, "", "", code, "error", params)


def said_of(row: CleanRow, kind: str) -> dict[str, Any]:
    return {name: row.values[name] for name in KINDS[kind].kept}


def as_rows(rows: Sequence[CleanRow], kind: str) -> list[Row]:
    """Rows for `decide`, each under its place."""
    return [
        Row(place, row.values["contract_no"] or "", row.values["reference"] or "", said_of(row, kind))
        for place, row in enumerate(rows)
    ]


def day_of(row: CleanRow, kind: str) -> date | None:
    found = row.values.get(KINDS[kind].day) if KINDS[kind].day else None
    return found.date() if isinstance(found, datetime) else found if isinstance(found, date) else None


def packed(said: Mapping[str, Any]) -> str:
    """What a row says, as one text; blanks are left out."""
    kept = {
        name: value.isoformat() if isinstance(value, date) else str(value) if isinstance(value, Decimal) else value
        for name, value in said.items()
        if value not in (None, "")
    }
    return json.dumps(kept, ensure_ascii=False)


_READ: Mapping[str, Callable[[str], Any]] = {
    **dict.fromkeys(("started_at", "ended_at"), datetime.fromisoformat),
    **dict.fromkeys(("due_on", "paid_on", "received_on", "event_on"), date.fromisoformat),
    "amount": Decimal,
}


def unpacked(text: str, kind: str) -> dict[str, Any]:
    kept = json.loads(text)
    return {
        name: _READ[name](kept[name]) if name in _READ and kept.get(name) is not None else kept.get(name)
        for name in KINDS[kind].kept
    }
