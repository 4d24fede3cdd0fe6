"""What the reports keep of their own: what figures meant, and what was printed."""

from reports.models.kpi import KpiVersion

__all__ = ["KpiVersion"]
