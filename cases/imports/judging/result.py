"""What checking a file yields: rows with their state, findings, and sums to compare with the file's own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from cases.imports.words.problems import Problem

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
    sheet: str = ""

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


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What file rules look at. ``rows``: how many hold data. ``seen``: for the fields that the catalogue calls
    ``distinct``, the different values of all these rows after its row rules, accepted or not (None is left out)."""

    rows: int
    seen: Mapping[str, frozenset[Any]]


@dataclass(slots=True)
class CleanResult:
    """What was found in a file. ``counts``: read = accepted + rejected; skipped rows (empty, 合计, 制表人, repeated
    headings) hold no data. ``rows`` are in the order of the file, where the caller asked for them; ``content_hash`` is given
    where they were staged."""

    problems: list[Problem]
    control_totals: ControlTotals
    counts: dict[str, int]
    rows: Sequence[CleanRow] = ()
    content_hash: str = ""

    @property
    def refused(self) -> bool:
        """Something is wrong with the file as a whole: no row of it may go in."""
        return any(problem.row is None and problem.severity == "error" for problem in self.problems)

    @property
    def accepted(self) -> list[CleanRow]:
        return [row for row in self.rows if row.state == "accepted"]
