"""What of a person's data may be deleted today, and what may not and why (PI-03, PI-05; CN-R-01).

A part that may not go is kept and used for nothing but what the law asks for: the answer to the person says so.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases.models import Case, ContactPoint, Debtor
from cases.services.personal_data import ERASED
from compliance.disclosure.facts import midnight
from compliance.keeping.age import age_on
from compliance.keeping.overdue import SETTLED
from compliance.models import Complaint, ContactAttempt, Incident, LegalHold

SENTENCES: dict[str, str | Promise] = {
    "legal_hold": _("因诉讼或调查须保全，保全期间不能删除。"),
    "debt_open": _(
        "借款合同尚未履行完毕，处理目的没有实现，依据个人信息保护法第四十七条暂不能删除；除存储和为履行合同所必需外，停止其他处理。"
    ),
    "dispute_open": _("有未办结的投诉或重大风险事项，办结前须留存以查明事实。"),
    "retention": _(
        "法律法规和行业规范规定的保存期限未届满，依据个人信息保护法第四十七条第二款，停止除存储和采取必要安全保护措施之外的处理。"
    ),
    "no_rule": _("没有生效的保存期限规则，不能判断。"),
    "free": _("不再需要，可以删除。"),
}


@dataclass(frozen=True)
class Part:
    """One part of the data. `why`: a key of SENTENCES."""

    code: str
    label: str | Promise
    may_go: bool
    why: str
    count: int

    def as_dict(self) -> dict[str, Any]:
        return {"code": self.code, "may_go": self.may_go, "why": self.why, "count": self.count}


LABELS: dict[str, str | Promise] = {
    "contract": _("借款与还款信息"),
    "third_contacts": _("第三人联系方式"),
    "own_contacts": _("本人联系方式"),
    "contact_log": _("催收记录与录音编号"),
    "complaints": _("投诉记录"),
}


def assess(*, debtor: Debtor, now: datetime) -> list[Part]:
    """Each part of what is known of the person. Ten queries."""
    held = LegalHold.objects.filter(debtor=debtor, lifted_at__isnull=True).exists()
    last: dict[int, tuple[Any, str]] = {}
    for loan, closed_on, reason in (
        Case.objects.filter(loan__debtor=debtor).order_by("episode").values_list("loan", "closed_on", "close_reason")
    ):
        last[loan] = (closed_on, reason)
    disputed = Complaint.objects.open().filter(debtor=debtor).exists() or (
        Incident.objects.filter(closed_at__isnull=True)
        .filter(Q(case__loan__debtor=debtor) | Q(hold__debtor=debtor) | Q(complaint__debtor=debtor))
        .exists()
    )
    owes = any(closed_on is None or reason not in SETTLED for closed_on, reason in last.values())
    points = ContactPoint.objects.filter(debtor=debtor).exclude(masked=ERASED)
    third, own = points.exclude(relation="").count(), points.filter(relation="").count()
    log = ContactAttempt.objects.filter(debtor=debtor).aggregate(last=Max("opened_at"))
    complaints = Complaint.objects.filter(debtor=debtor).aggregate(last=Max("received_at"))
    age = age_on(now)
    edge = midnight(age.first_kept) if age is not None else None

    def part(code: str, count: int, newest: datetime | None, *, kept_by_time: bool) -> Part:
        if held:
            why = "legal_hold"
        elif owes:
            why = "debt_open"
        elif disputed:
            why = "dispute_open"
        elif kept_by_time and edge is None:
            why = "no_rule"
        elif kept_by_time and newest is not None and edge is not None and newest >= edge:
            why = "retention"
        else:
            why = "free"
        return Part(code, LABELS[code], why == "free", why, count)

    settled = max((closed for closed, _reason in last.values() if closed is not None), default=None)
    settled_at = midnight(settled) if settled is not None else None
    return [
        part("contract", len(last), settled_at, kept_by_time=True),
        part("third_contacts", third, None, kept_by_time=False),
        # What the person could be reached by belongs to the contract as well as to what was said.
        part("own_contacts", own, max(filter(None, (log["last"], settled_at)), default=None), kept_by_time=True),
        part("contact_log", ContactAttempt.objects.filter(debtor=debtor).count(), log["last"], kept_by_time=True),
        part("complaints", Complaint.objects.filter(debtor=debtor).count(), complaints["last"], kept_by_time=True),
    ]
