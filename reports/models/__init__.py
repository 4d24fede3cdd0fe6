"""What the reports keep of their own: what figures meant, what people entered for them, and what was printed."""

from reports.models.inputs import OWN, OWN_COSTS, InputKind, KpiInput
from reports.models.kpi import KpiVersion

__all__ = ["OWN", "OWN_COSTS", "InputKind", "KpiInput", "KpiVersion"]
