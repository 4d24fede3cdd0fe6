"""Tables and charts of a dashboard: a chart is drawn from the numbers of its table, and the table is what is exported."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import transaction
from django.http import HttpResponse

from collection_ops.core import clock
from collection_ops.core.models import User
from collection_ops.core.services import audit
from collection_ops.core.tables import CONTENT_TYPES, Column, open_table
from reports.kpis.definitions import Unit

KIND_OF_UNIT = {
    Unit.PERCENT: "percent",
    Unit.PER_10K: "money",
    Unit.YUAN: "money",
    Unit.COUNT: "integer",
    Unit.TIMES: "money",
}


def column_of(title: Any, unit: Unit) -> Column:
    return Column(title, KIND_OF_UNIT[unit])  # type: ignore[arg-type]


def cell_of(value: Decimal | None, unit: Unit) -> Decimal | None:
    """A KPI's value as a column of `column_of` takes it."""
    return value * 10_000 if value is not None and unit == Unit.PER_10K else value


@dataclass(frozen=True)
class Cell:
    value: Any
    kind: str
    url: str = ""

    @property
    def is_number(self) -> bool:
        return self.kind in ("money", "integer", "percent")

    @property
    def shown(self) -> str:
        """As people read it; the workbook has the number itself."""
        if self.value is None or self.value == "":
            return "–" if self.is_number else ""
        if self.kind == "percent":
            return f"{self.value * 100:,.2f}%"
        if self.kind == "money":
            return f"{Decimal(self.value):,.2f}"
        if self.kind == "integer":
            return f"{int(self.value):,}"
        return self.value.isoformat() if isinstance(self.value, date) else str(self.value)


@dataclass(frozen=True)
class Table:
    """`urls`: by (row, column) the address of the rows behind a number. `note`: a sentence below the table."""

    name: str
    title: Any
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    urls: dict[tuple[int, int], str] = field(default_factory=dict)
    note: Any = ""

    @property
    def cells(self) -> list[list[Cell]]:
        return [
            [
                Cell(value, column.kind, self.urls.get((number, place), ""))
                for place, (column, value) in enumerate(zip(self.columns, row, strict=True))
            ]
            for number, row in enumerate(self.rows)
        ]


@dataclass(frozen=True)
class Chart:
    """`kind`: a kind of static/js/charts.js; `data`: what it draws. `label`: said to who does not see it."""

    kind: str
    data: Any
    label: Any
    table: Table
    is_small: bool = False

    @property
    def name(self) -> str:
        return self.table.name

    @property
    def data_id(self) -> str:
        return f"data-{self.table.name}"


def plain(value: Decimal | None) -> float | None:
    """For drawing only; tables and exports keep the exact number."""
    return None if value is None else float(value)


def workbook(table: Table, *, user: User, now: datetime, data: dict[str, Any]) -> HttpResponse:
    """The table as Excel; the trail keeps who took it and with which filters. Sums only: no person can be told from it."""
    with tempfile.TemporaryDirectory() as folder, transaction.atomic():
        path = Path(folder) / "table.xlsx"
        with open_table(
            path,
            file_format="xlsx",
            title=str(table.title),
            columns=table.columns,
            exported_by=str(user),
            exported_at=now,
        ) as written:
            for row in table.rows:
                written.write_row([str(cell) if column.kind == "text" and cell is not None else cell
                                   for column, cell in zip(table.columns, row, strict=True)])  # fmt: skip
        audit.record(
            action="overview.exported", actor=user, data={"table": table.name, "rows": len(table.rows), **data}
        )
        response = HttpResponse(path.read_bytes(), content_type=CONTENT_TYPES["xlsx"])
    name = f"{table.name}-{clock.business_date(now):%Y%m%d}.xlsx"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
