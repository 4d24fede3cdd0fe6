"""The kinds of regular reports: a name, a rhythm, a builder. Another kind is another line here."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from reports.models import ReportKind
from reports.regular import daily, monthly, weekly
from reports.regular.paper import Paper
from reports.regular.periods import Period, Rhythm

Build = Callable[[Period, datetime], Paper]


@dataclass(frozen=True)
class Kind:
    """`build` gets the period and up to which moment facts count; the same two give the same paper."""

    code: ReportKind
    rhythm: Rhythm
    build: Build


KINDS: dict[str, Kind] = {
    kind.code: kind
    for kind in (
        Kind(ReportKind.DAILY, Rhythm.DAY, daily.build),
        Kind(ReportKind.WEEKLY, Rhythm.WEEK, weekly.build),
        Kind(ReportKind.MONTHLY, Rhythm.MONTH, monthly.build),
    )
}
