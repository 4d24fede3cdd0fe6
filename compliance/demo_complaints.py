"""The demo's complaints: in every state, about different people and an agency, over the last four weeks of the story."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from cases.demo.play import AGENCY_DESK, Staff, staff_day
from cases.models import Case
from collection_ops.core.access import users_with
from collection_ops.core.dated_settings import set_value
from collection_ops.core.models import User
from compliance.complaints.conflicts import DECIDE
from compliance.complaints.handling import assign, close, decide, extend, note, reopen
from compliance.complaints.rates import LEAST_CONTACTED
from compliance.complaints.register import Accused, Said, Whose, join, receive
from compliance.demo_parts import at, chosen, own_phone
from compliance.models import About, Complaint, ContactAttempt, StaffTaskKind
from compliance.services.log import PastContact, record_past_contacts
from compliance.services.staff_tasks import open_staff_task

PLAYED_AT = 1
"""Days before the end: all of it is told on that day, each with its own moments before it."""
AGENCY_CONTACTS = 14
LONG = (
    "本人于今年三月因公司裁员失业，曾多次主动联系贵公司说明情况并申请延期，客服答复会登记。此后仍接到催收来电，"
    "对方先是拨打我的手机，随后致电我原单位人事部门，向接电话的同事说出我欠款的金额和逾期时间。"
    "我请对方不要再联系单位，对方称“不还款就一直打”。次日我的姑姑也接到电话，被问到我的住址。"
) * 6 + "我要求查明是谁向第三人透露了我的借款信息，停止联系我的单位和亲属，并书面答复处理结果。"


@dataclass(frozen=True)
class Told:
    """One complaint. `ago`: days before the last played day on which it was received; `happened`: days before that.
    `whom`: number of the collector, or "agency", or a matter."""

    ago: int
    whom: int | str | None
    source: str
    type: str
    words: str
    more: dict[str, Any] = field(default_factory=dict)
    happened: int | None = None
    has_debtor: bool = True


TOLD = {
    "upheld": Told(26, 0, "hotline", "threat", "来电称催收员说“不还就让你单位都知道”，语气威胁。", happened=1),
    "late": Told(24, 1, "12378", "harassment", "一天内接到多次来电，影响上班。", {"source_ref": "12378-20-0417"}),
    "overdue": Told(20, 2, "letter", "third_party", "来信称催收电话打到了邻居家里。", {"severity": 2}),
    "withdrawn": Told(18, 2, "hotline", "service", "称通话中态度不耐烦，次日来电表示误会，要求撤回。"),
    "reopened": Told(
        16, "agency", "regulator", "impersonation", "对方自称“法务部执行科”，要求当天还清。", {"severity": 3}
    ),
    "fee": Told(14, About.FEE, "web", "fee", "认为提前还款违约金未事先告知。"),
    "decided": Told(12, "agency", "12345", "hours", "晚上十点多仍接到委外公司来电。", happened=2),
    "long": Told(10, 0, "12378", "disclosure", LONG, {"severity": 3, "source_ref": "12378-20-0533"}, happened=3),
    "twin": Told(9, 0, "hotline", "disclosure", "再次来电，称已向 12378 投诉单位同事被告知欠款一事。", happened=4),
    "credit": Told(8, About.CREDIT_REPORT, "hotline", "credit_report", "已结清的借款仍显示逾期，要求更正征信。"),
    "unknown": Told(6, None, "letter", "harassment", "匿名来信，只写姓氏和“贵公司天天打电话”。", has_debtor=False),
    "unassigned": Told(3, 3, "collector", "service", "通话中客户表示说话太快、听不清，要求换人联系。", happened=0),
    "today": Told(0, 1, "hotline", "amount", "客户认为当期利息多算，称催收员解释不清。", happened=0),
}


@staff_day
def complain(*, day: date, days_left: int, staff: Staff, random: Random) -> None:
    """Four weeks of complaints, told on one day."""
    officer = users_with(DECIDE).filter(role_grants__role="compliance").order_by("pk").first()
    if days_left != PLAYED_AT or officer is None or len(staff.collectors) < 4:
        return
    _agency_calls(day, random)
    # A demo calls few people; with the usual minimum nobody would have a rate.
    set_value(
        LEAST_CONTACTED, 10, effective_from=day - timedelta(days=60), reason="演示数据量小", actor=officer,
        now=at(day, time(9, 0)),
    )  # fmt: skip
    debtors = _debtors(staff, random)
    one = {name: _receive(told, day, staff, debtors) for name, told in TOLD.items()}
    for name in ("upheld", "late", "overdue", "withdrawn", "reopened", "fee", "decided", "long", "credit"):
        assign(complaint=one[name], handler=officer, actor=officer, now=_on(day, TOLD[name].ago, 11))
    join(complaint=one["twin"], to=one["long"], actor=officer, now=_on(day, 9, 15))

    _settle(one["upheld"], officer, "upheld", "录音中确有威胁性语句", "电话致歉，调整催收员，安排辅导", _on(day, 21))
    open_staff_task(
        user=staff.collectors[0], kind=StaffTaskKind.COACHING, what="投诉属实：话术与情绪管理辅导",
        due_on=day + timedelta(days=5), actor=officer, now=_on(day, 21, 16), complaint=one["upheld"],
    )  # fmt: skip
    _settle(one["late"], officer, "not_upheld", "通话记录显示当日仅呼出一次", "", _on(day, 5))
    _settle(one["withdrawn"], officer, "withdrawn", "客户来电说明系误会并撤回", "", _on(day, 17))
    _settle(one["reopened"], officer, "partly", "开场白不规范，未发现冒充机关", "机构书面检查", _on(day, 10))
    reopen(complaint=one["reopened"], reason="投诉人提供了新的录音，不接受答复", actor=officer, now=_on(day, 4))
    _settle(one["fee"], officer, "partly", "合同已载明，但页面提示不显著", "退还当期违约金，修改页面提示", _on(day, 8))
    _settle(
        one["decided"],
        officer,
        "upheld",
        "通话时间 22:07，违反时段规定",
        "通报机构并要求整改",
        _on(day, 2),
        closed=False,
    )
    extend(
        complaint=one["long"], complexity="complex", reason="须向原单位和亲属核实，并调取三段录音", actor=officer,
        now=_on(day, 2, 9),
    )  # fmt: skip
    note(complaint=one["overdue"], words="已两次致电投诉人未接通，等待回信", actor=officer, now=_on(day, 6))


def _on(day: date, ago: int, hour: int = 14) -> datetime:
    return at(day - timedelta(days=ago), time(hour, 20))


def _debtors(staff: Staff, random: Random) -> dict[int, list[Case]]:
    """By number of the collector: cases nobody has called yet, so that no call of before is a breach afterwards."""
    quiet = Case.objects.open().exclude(loan__debtor__in=ContactAttempt.objects.values("debtor_id"))
    return {
        number: chosen(quiet.filter(desk__owner=collector), random, 6)
        for number, collector in enumerate(staff.collectors)
    }


def _receive(told: Told, day: date, staff: Staff, debtors: dict[int, list[Case]]) -> Complaint:
    number = told.whom if isinstance(told.whom, int) else 3
    # The twin is the same person's; whoever has no quiet case left is not known by name.
    cases = debtors[number]
    case = None if not told.has_debtor or not cases else cases[0] if told.type == "disclosure" else cases.pop()
    received_at = _on(day, told.ago, 10)
    return receive(
        said=Said(
            source=told.source, type=told.type, narrative=told.words, received_at=received_at, demand="查明情况并答复",
            event_on=None if told.happened is None else day - timedelta(days=told.ago + told.happened), **told.more,
        ),
        whose=Whose(debtor=case.loan.debtor, case=case, loans=[case.loan]) if case is not None else Whose(),
        accused=_accused(told.whom, staff),
        actor=staff.collectors[number] if told.source == "collector" else staff.clerk,
        now=received_at,
        tell=told.ago < 5,
    )  # fmt: skip


def _accused(whom: int | str | None, staff: Staff) -> Sequence[Accused]:
    if isinstance(whom, int):
        return [Accused(About.COLLECTOR, user=staff.collectors[whom])]
    if whom == "agency":
        return [Accused(About.AGENCY, org=AGENCY_DESK)]
    return [Accused(whom or About.COLLECTOR)]


def _settle(
    one: Complaint, officer: User, outcome: str, finding: str, remedy: str, now: datetime, *, closed: bool = True
) -> None:
    decide(
        complaint=one, outcome=outcome, finding=finding, remedy=remedy, actor=officer, now=now,
        responsible={subject.pk: outcome in ("upheld", "partly") for subject in one.subjects.all()},
    )  # fmt: skip
    if closed:
        close(complaint=one, answered="已电话答复投诉人并寄出答复函", actor=officer, now=now + timedelta(hours=2))


def _agency_calls(day: date, random: Random) -> None:
    """What the agency reports of its week: without it there would be nobody to divide its complaints by."""
    cases = chosen(Case.objects.open().filter(desk__code=AGENCY_DESK), random, AGENCY_CONTACTS)
    contacts = [
        PastContact(case, own_phone(case), "call", "right_party", _on(day, number % 5 + 1, 15))
        for number, case in enumerate(cases)
    ]
    if contacts:
        record_past_contacts(contacts, actor=None, now=at(day, time(8, 30)), org=AGENCY_DESK)
