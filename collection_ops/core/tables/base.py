"""What both formats share: columns, the lines above and below, and which texts a spreadsheet would run."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from django.utils import timezone
from django.utils.translation import gettext as _

Kind = Literal["text", "money", "integer", "percent", "date", "datetime"]

# What makes a spreadsheet run a text. The full-width forms count too: input methods and some programs fold them.
DANGEROUS_START = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "|", "%")


def is_dangerous(text: str) -> bool:
    """Whether a spreadsheet might take this text for a formula, also behind blanks and invisible marks."""
    return text.startswith(DANGEROUS_START) or text.lstrip(" \u00a0\u3000\u200b\ufeff").startswith(DANGEROUS_START)


@dataclass(frozen=True)
class Column:
    """A heading and what stands below it. `money` takes Decimal (two places), `percent` a fraction (0.125 = 12.5 %)."""

    title: Any
    kind: Kind = "text"


class TableWriter(ABC):
    """Writes one table, row by row. Use in `with`; after it, `rows` says how many data rows were written."""

    def __init__(
        self,
        path: Path,
        *,
        title: str,
        columns: Sequence[Column],
        exported_by: str,
        exported_at: datetime,
        watermark: str,
    ) -> None:
        self.path = path
        self.title = title
        self.columns = columns
        self.rows = 0
        self.footer = _("导出人 %(who)s  时间 %(when)s  %(mark)s") % {
            "who": exported_by,
            "when": timezone.localtime(exported_at).strftime("%Y-%m-%d %H:%M:%S"),
            "mark": watermark,
        }

    def __enter__(self) -> Self:
        try:
            self.open()
        except BaseException:
            self.path.unlink(missing_ok=True)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        is_whole = False
        try:
            self.close(finished=kind is None)
            is_whole = kind is None
        finally:
            if not is_whole:
                # Half a table must not be taken for a whole one.
                self.path.unlink(missing_ok=True)

    @abstractmethod
    def open(self) -> None: ...

    @abstractmethod
    def write_row(self, values: Sequence[Any]) -> None:
        """One data row, in the order of the columns. None leaves the cell empty."""

    @abstractmethod
    def close(self, *, finished: bool) -> None: ...

    def count_row(self, values: Sequence[Any]) -> None:
        if len(values) != len(self.columns):
            raise ValueError(f"{len(values)} values for {len(self.columns)} columns")
        self.rows += 1
