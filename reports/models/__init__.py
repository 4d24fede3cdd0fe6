"""What the reports keep of their own: what figures meant, daily facts, and papers as they were made."""

from reports.models.facts import BookFact, Cut, DirtyDay, MoneyFact, RollFact, Step
from reports.models.kpi import KpiVersion
from reports.models.regular import MailState, ReportKind, ReportMail, ReportRun, ReportSubscription

__all__ = [
    "BookFact",
    "Cut",
    "DirtyDay",
    "KpiVersion",
    "MailState",
    "MoneyFact",
    "ReportKind",
    "ReportMail",
    "ReportRun",
    "ReportSubscription",
    "RollFact",
    "Step",
]
