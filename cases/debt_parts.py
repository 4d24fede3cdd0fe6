"""The parts of a debt, in the order in which people read them: of a case, a position, a plan, a waiver."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

PART_LABELS: Mapping[str, Any] = {
    "principal": _("本金"),
    "interest": _("利息"),
    "penalty": _("违约金"),
    "fees": _("费用"),
}


def parts_of(owed: Any) -> list[tuple[Any, Decimal]]:
    """Label and amount (yuan) of each part of something that has them all as columns."""
    return [(label, getattr(owed, name)) for name, label in PART_LABELS.items()]
