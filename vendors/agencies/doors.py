"""Where else there is something about an agency, with how much: one strip on its page, to each reader what is for him."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from collection_ops.core.access import has
from collection_ops.core.models import User
from vendors.models import (
    UNSETTLED,
    WAITING,
    Agency,
    AgencyBill,
    MonthlyMeeting,
    PaymentClaim,
    Placement,
    RecallBatch,
    RecallItem,
    RecallState,
    Rectification,
    ReturnedFile,
    Scorecard,
    Settlement,
)
from vendors.scorecard.criteria import Grade
from vendors.scorecard.selectors import latest_cards
from vendors.scorecard.shown import GRADE_TONES


@dataclass(frozen=True)
class Door:
    """`count` of what is behind it; of scorecards the newest one instead, if there is any."""

    name: str
    label: Any
    title: Any
    url: str
    count: int | None = None
    card: Scorecard | None = None
    tone: str = ""


_DOORS: Mapping[str, tuple[str, Any, Any]] = {
    "placements": ("placements.view", _("在手委案"), _("委给这家机构、还没有退回的案件")),
    "recalls": ("placements.view", _("待退案"), _("退案清单上还没有办结的案件")),
    "returned": ("returns.view", _("回传文件"), _("这家机构回传的全部文件")),
    "claims": ("returns.view", _("回款核对"), _("机构报了、还没有到账的回款(笔)")),
    "scorecards": ("scorecards.view", _("评分卡"), _("最近一个月的得分与评级")),
    "rectifications": ("rectifications.view", _("未完成整改"), _("整改中与待验收")),
    "meetings": ("meetings.view", _("月会"), _("这家机构的月会材料")),
    "settlements": ("settlements.view", pgettext_lazy("agency", "结算单"), _("这家机构的全部结算单")),
    "bills": ("bills.view", _("机构账单"), _("这家机构交来的全部账单")),
}
"""Name → capability, label, what is counted; in the order of the page."""


def doors_of(user: User, agency: Agency) -> list[Door]:
    """Two queries at most."""
    seen = {name: told for name, told in _DOORS.items() if has(user, told[0])}
    if not seen:
        return []
    card = latest_cards([agency.pk]).get(agency.pk) if "scorecards" in seen else None
    asked = {f"of_{name}": _number(rows) for name, rows in _counted().items() if name in seen}
    pending = RecallBatch.objects.filter(agency=OuterRef("pk"), state=RecallState.PENDING)
    found: Any = Agency.objects.filter(pk=agency.pk).values(recall=Subquery(pending.values("pk")[:1]), **asked).get()
    addresses = _addresses(agency, found["recall"], card)
    return [
        Door(name, label, title, addresses[name], card=card, tone=GRADE_TONES[Grade(card.grade)] if card else "")
        if name == "scorecards"
        else Door(name, label, title, addresses[name], count=found[f"of_{name}"])
        for name, (_may, label, title) in seen.items()
    ]


def _counted() -> dict[str, QuerySet[Any]]:
    """What is counted of the agency of the outer query."""
    of = {"agency": OuterRef("pk")}
    return {
        "placements": Placement.objects.filter(**of, recalled_on__isnull=True),
        "recalls": RecallItem.objects.filter(recall__agency=OuterRef("pk"), state__in=WAITING),
        "returned": ReturnedFile.objects.filter(**of),
        "claims": PaymentClaim.objects.filter(**of, repayment__isnull=True),
        "rectifications": Rectification.objects.filter(**of, state__in=UNSETTLED),
        "meetings": MonthlyMeeting.objects.filter(**of),
        "settlements": Settlement.objects.filter(**of),
        "bills": AgencyBill.objects.filter(**of),
    }


def _number(rows: QuerySet[Any]) -> Coalesce:
    """As one group: without rows there is none, and it is nought."""
    return Coalesce(
        Subquery(rows.order_by().annotate(of=OuterRef("pk")).values("of").annotate(n=Count("pk")).values("n")), 0
    )


def _addresses(agency: Agency, recall: int | None, card: Scorecard | None) -> dict[str, str]:
    lists = {"returned": "returned_list", "rectifications": "rectifications", "meetings": "meetings"} | {
        "settlements": "settlements", "bills": "bills",
    }  # fmt: skip
    return {
        "placements": f"{reverse('cases:list')}?desk={agency.desk.code}",
        "recalls": reverse("vendors:recall", args=[recall]) if recall else reverse("vendors:recalls"),
        "claims": reverse("vendors:agency_claims", args=[agency.pk]),
        "scorecards": reverse("vendors:scorecard", args=[card.pk]) if card else reverse("vendors:scorecards"),
        **{name: f"{reverse(f'vendors:{route}')}?agency={agency.pk}" for name, route in lists.items()},
    }
