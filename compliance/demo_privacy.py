"""What the demo shows of privacy: somebody looks at cases of others late, one large export, requests about data, a hold."""

from datetime import date, time, timedelta
from random import Random

from cases.demo.play import Staff, staff_day
from cases.models import Case
from collection_ops.core.access import users_with
from collection_ops.core.models import AuditEvent, User
from compliance.demo_parts import at, chosen, own_phone
from compliance.disclosure.watch import decide_alert, watch
from compliance.disclosure.weekly import REVIEW
from compliance.keeping.legal import place_legal_hold
from compliance.keeping.requests import DECIDE, Asked, check_identity, receive_request
from compliance.models import AlertKind, AlertState, DisclosureAlert


def _opened(actor: User, case: Case, day: date, moment: time, why: str = "contact") -> None:
    """As the audit trail has it when somebody opens a number; of a day that is over it cannot be done any more."""
    point = own_phone(case)
    AuditEvent.objects.create(
        at=at(day, moment), actor=actor, actor_name=str(actor), action="person.revealed", object_type="cases.case",
        object_id=str(case.pk), reason="核对身份" if why == "verify" else "准备联系客户",
        data={"capability": "phones.reveal", "debtor": case.loan.debtor_id, "label": "电话", "why": why,
              "masked": point.masked if point else ""},
    )  # fmt: skip


@staff_day
def look_and_export(*, day: date, days_left: int, staff: Staff, random: Random) -> None:
    """In the last complete week: collectors at work, the supervisor late in the evening (found improper, and so in the
    register of breaches), one export."""
    if days_left not in (5, 7, 9):
        return
    for collector in staff.collectors[:3]:
        for number, case in enumerate(chosen(Case.objects.open().filter(desk__owner=collector), random, 3)):
            _opened(collector, case, day, time(10, 5 + number), why="verify")
    if days_left == 7:
        for number, case in enumerate(chosen(Case.objects.open(), random, 4)):
            _opened(staff.supervisor, case, day, time(22, 10 + number))
        AuditEvent.objects.create(
            at=at(day, time(17, 30)), actor=staff.supervisor, actor_name=str(staff.supervisor), action="cases.exported",
            reason="月度核对", data={"rows": 64, "persons": 61, "unmasked": False, "format": "xlsx"},
        )  # fmt: skip
    watch(now=at(day + timedelta(days=1), time(8)))
    officer = users_with(REVIEW).order_by("pk").first()
    if days_left == 5 and officer is not None:
        for alert in DisclosureAlert.objects.filter(kind=AlertKind.NOT_OWN, state=AlertState.NEW).exclude(user=officer):
            decide_alert(
                alert=alert, confirmed=True, note="客户不在其名下，说不出查询的工作理由", actor=officer,
                now=at(day, time(16)),
            )  # fmt: skip


@staff_day
def ask_about_data(*, day: date, days_left: int, staff: Staff, random: Random) -> None:
    """A copy asked for long ago and still open, and a deletion while the debt is open."""
    said = {
        12: ("copy", "请提供你们保存的我的全部个人信息"),
        4: ("deletion", "要求删除我的手机号码和通讯录"),
    }.get(days_left)
    if said is None:
        return
    officer = users_with(DECIDE).order_by("pk").first() or staff.supervisor
    for case in chosen(Case.objects.open(), random, 1):
        now = at(day, time(11))
        one = receive_request(
            debtor=case.loan.debtor, asked=Asked(kind=said[0], details=said[1], received_at=now),
            actor=staff.supervisor, now=now,
        )  # fmt: skip
        if said[0] == "deletion":
            check_identity(request=one, identity="视频核对身份证原件", actor=officer, now=now)
        else:
            place_legal_hold(
                debtor=case.loan.debtor, reason="民事诉讼，法院要求保存全部催收记录", reference="(2026)浙0106民初1203号",
                actor=officer, now=now,
            )  # fmt: skip
