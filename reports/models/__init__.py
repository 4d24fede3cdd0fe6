"""What the reports keep of their own: what figures meant, daily facts, and what was printed."""

from reports.models.facts import BookFact, Cut, DirtyDay, MoneyFact, RollFact, Step
from reports.models.kpi import KpiVersion

__all__ = ["BookFact", "Cut", "DirtyDay", "KpiVersion", "MoneyFact", "RollFact", "Step"]
