"""What checking a file yields: rows with their state, findings, and sums to compare with the file's own."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from cases.imports.problems import Problem

RowState = Literal["accepted", "rejected", "skipped"]


@dataclass(slots=True)
class CleanRow:
    """One row of the file. ``row`` is Excel's number; ``cells`` are the cells as read, ``values`` the cleaned ones.

    ``values`` has every field of the catalogue (None where the file says nothing) and what its rules add.
    """

    sheet: str
    row: int
    state: RowState
    values: dict[str, Any]
    cells: tuple[Any, ...]


@dataclass(slots=True)
class TotalRow:
    """A 合计 row of the file: what it claims, and by how much it differs from the rows above it."""

    row: int
    claimed: dict[str, Decimal]
    differences: dict[str, Decimal]

    @property
    def agrees(self) -> bool:
        return not self.differences


@dataclass(slots=True)
class ControlTotals:
    """``sums`` over the accepted rows; ``file_sums`` over all rows of the file, as a 合计 row would count."""

    rows: int = 0
    sums: dict[str, Decimal] = field(default_factory=dict)
    file_rows: int = 0
    file_sums: dict[str, Decimal] = field(default_factory=dict)
    total_row: TotalRow | None = None

    def to_json(self) -> dict[str, Any]:
        def texts(amounts: Mapping[str, Decimal]) -> dict[str, str]:
            return {name: str(amount) for name, amount in amounts.items()}

        return {
            "rows": self.rows,
            "sums": texts(self.sums),
            "file_rows": self.file_rows,
            "file_sums": texts(self.file_sums),
            "total_row": None
            if self.total_row is None
            else {
                "row": self.total_row.row,
                "claimed": texts(self.total_row.claimed),
                "differences": texts(self.total_row.differences),
                "agrees": self.total_row.agrees,
            },
        }


@dataclass(slots=True)
class CleanResult:
    """Rows in the order of the file, and everything that was found."""

    rows: list[CleanRow]
    problems: list[Problem]
    control_totals: ControlTotals
    empty_rows: int = 0

    @property
    def counts(self) -> dict[str, int]:
        """read = accepted + rejected; skipped rows (empty, 合计, 制表人, repeated headings) hold no data."""
        states = Counter(row.state for row in self.rows)
        return {
            "read": states["accepted"] + states["rejected"],
            "accepted": states["accepted"],
            "rejected": states["rejected"],
            "skipped": states["skipped"] + self.empty_rows,
        }

    @property
    def refused(self) -> bool:
        """Something is wrong with the file as a whole: no row of it may go in."""
        return any(problem.row is None and problem.severity == "error" for problem in self.problems)

    @property
    def accepted(self) -> list[CleanRow]:
        return [row for row in self.rows if row.state == "accepted"]
