"""Entering what the book does not have: amounts that fell due, and costs."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from cases.models import Desk, DeskKind, Source
from collection_ops.core.models import User
from collection_ops.core.services import audit
from reports.models import OWN, InputKind, KpiInput


class InputRefused(Exception):
    """The figure cannot be taken so; the sentence says why, `field` where it stands in the form."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True)
class Figure:
    """One figure of a month (its first day), in yuan. `source` of what fell due (None: the whole book), `org` of costs."""

    month: date
    what: str
    yuan: Decimal
    source: Source | None = None
    org: str = ""
    note: str = ""


def enter(*, figure: Figure, actor: User, today: date, now: datetime) -> KpiInput:
    """Write a figure down; a newer one for the same month and item corrects the older, which stays. Raises InputRefused: a
    month that has not begun, or an item of nobody or of the wrong one."""
    if figure.month > today:
        raise InputRefused(_("这个月份还没有开始"), "month")
    if figure.yuan < 0:
        raise InputRefused(_("金额不能为负"), "yuan")
    if figure.what == InputKind.AMOUNT_DUE and figure.org:
        raise InputRefused(_("到期应还金额按数据来源录入，不分机构"), "org")
    if figure.what != InputKind.AMOUNT_DUE:
        if figure.source is not None:
            raise InputRefused(_("成本按机构录入，不分数据来源"), "source")
        if not figure.org:
            raise InputRefused(_("请选择自有团队或一家机构"), "org")
        if figure.what == InputKind.AGENCY_FEE and figure.org == OWN:
            raise InputRefused(_("自有团队没有委外佣金；请选择机构"), "org")
        if figure.org not in dict(orgs()):
            raise InputRefused(_("没有这家机构"), "org")
    with transaction.atomic():
        row = KpiInput.objects.create(
            month=figure.month,
            what=figure.what,
            source=figure.source,
            org=figure.org,
            yuan=figure.yuan,
            note=figure.note.strip()[:200],
            entered_by=actor,
            entered_at=now,
        )
        audit.record(
            action="kpi.entered",
            actor=actor,
            obj=row,
            data={
                "month": f"{figure.month:%Y-%m}",
                "what": figure.what,
                "org": figure.org,
                "source": figure.source.code if figure.source else "",
                "yuan": str(figure.yuan),
            },
            reason=row.note,
        )
    return row


def orgs() -> list[tuple[str, str]]:
    """Whom costs are of: the own team, and every agency with a desk."""
    agencies = Desk.objects.filter(kind=DeskKind.AGENCY).order_by("name").values_list("code", "name")
    return [(OWN, _("自有团队")), *agencies]
