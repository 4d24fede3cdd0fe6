"""The filter above a timeline: which kinds of entries are asked for together."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy


@dataclass(frozen=True)
class Group:
    """Kinds of entries that are asked for together: one chip above the timeline."""

    key: str
    label: Any
    kinds: frozenset[str]


GROUPS = (
    Group("contact", gettext_lazy("联系"), frozenset({"contact", "breach", "incident"})),
    Group("money", gettext_lazy("金额与还款"), frozenset({"entered", "rolled", "balance", "repayment"})),
    Group("agreed", gettext_lazy("承诺与方案"), frozenset({"promise", "plan", "waiver"})),
    Group("care", gettext_lazy("停催与风险"), frozenset({"hold", "risk"})),
    Group("complaint", gettext_lazy("投诉"), frozenset({"complaint"})),
    Group("referral", gettext_lazy("转办"), frozenset({"referral"})),
    Group("custody", gettext_lazy("归属"), frozenset({"custody", "closed"})),
    Group("data", gettext_lazy("资料与数据"), frozenset({"absent", "attribute", "revealed", "point", "file"})),
)


def kinds_of(groups: Collection[str]) -> frozenset[str]:
    """The kinds of the groups that are named; none where none is named (everything is shown then)."""
    return frozenset().union(*(group.kinds for group in GROUPS if group.key in groups))
