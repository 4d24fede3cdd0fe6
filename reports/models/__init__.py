"""What the reports keep of their own: what figures meant, what people entered for them, daily facts, printed papers."""

from reports.models.facts import (
    CONTACT_MEASURES,
    BookFact,
    ContactFact,
    Cut,
    DirtyDay,
    MoneyFact,
    ReachedFact,
    RollFact,
    Step,
)
from reports.models.inputs import OWN, OWN_COSTS, InputKind, KpiInput
from reports.models.kpi import KpiVersion
from reports.models.regular import MailState, ReportKind, ReportMail, ReportRun, ReportSubscription
from reports.models.restatement import Restatement

__all__ = [
    "CONTACT_MEASURES",
    "OWN",
    "OWN_COSTS",
    "BookFact",
    "ContactFact",
    "Cut",
    "DirtyDay",
    "InputKind",
    "KpiInput",
    "KpiVersion",
    "MailState",
    "MoneyFact",
    "ReachedFact",
    "ReportKind",
    "ReportMail",
    "ReportRun",
    "ReportSubscription",
    "Restatement",
    "RollFact",
    "Step",
]
