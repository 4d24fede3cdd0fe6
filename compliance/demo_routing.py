"""What other departments were asked in the demo, and what the staff suggests: in every state, some late."""

from datetime import date, time, timedelta
from random import Random

from cases.demo.play import Staff, staff_day
from cases.models import Case
from collection_ops.core.demo_accounts import DEMO_ACCOUNTS
from collection_ops.core.models import User
from compliance.demo_parts import at, chosen
from compliance.models import Department, DepartmentMember, Referral, Suggestion
from compliance.routing import answering as referral_answers
from compliance.routing import referring
from compliance.routing.departments import seed_departments
from compliance.suggestions import answering, filing

MEMBERS = {
    "finance": ("finance",),
    "legal": ("manager", "compliance"),
    "it": ("admin",),
    "service": ("clerk", "supervisor"),
}
"""Account names by department, the lead first. The department for approvals has nobody: it cannot be asked."""
ASKED = (
    ("finance", "fee", "客户认为 2 月的违约金多收，请核对计算并答复能否冲回"),
    ("finance", "settled", "客户已结清两个月，要求开具结清证明，请确认何时可以寄出"),
    ("service", "channel", "客户用老版应用还款失败，请确认现在可用的还款渠道"),
    ("it", "correction", "客户换了手机号收不到验证码，请更正预留信息"),
    ("finance", "other", "客户问提前结清是否免手续费，请答复口径"),
    ("legal", "other", "客户问诉讼时效如何计算，请给出可以对外的说明"),
)
SUGGESTED = (
    ("system", "normal", "通话页切换到下一件时焦点不在号码上，每次要多点一下"),
    ("process", "urgent", "减免申请要等两天，客户等不及就不还了，希望当天审批"),
    ("words", "normal", "客户说正在住院时没有合适的话术，希望补充"),
    ("agency", "normal", "退案里没有机构最后一次联系的说明，接手后要从头问起"),
    ("system", "normal", "切换案件太慢，一上午要多等十几分钟"),
    ("other", "normal", "希望午休时间统一到 12 点，和静默时段一致"),
)


@staff_day
def departments_and_suggestions(*, day: date, days_left: int, staff: Staff, random: Random) -> None:
    """Asked a week before the end, answered two days later; some wait, one is overdue on the last day."""
    names = [account.username for account in DEMO_ACCOUNTS]
    users = {user.username: user for user in User.objects.filter(username__in=names)}
    if days_left == 7 and users.keys() >= {"finance", "manager", "admin", "compliance", "clerk"}:
        _place(users)
        _ask(day, staff, random)
        _suggest(day, staff)
    if days_left == 5:
        _answer(day)
        _answer_suggestions(day, users)
    if days_left == 4:
        _settle(day)


def _place(users: dict[str, User]) -> None:
    seed_departments()
    found = {one.code: one for one in Department.objects.all()}
    for code, names in MEMBERS.items():
        for number, name in enumerate(names):
            if code in found and name in users:
                DepartmentMember.objects.get_or_create(
                    department=found[code], user=users[name], defaults={"is_lead": number == 0}
                )


def _ask(day: date, staff: Staff, random: Random) -> None:
    """The collectors ask, each about a case of their own."""
    departments = {one.code: one for one in Department.objects.all()}
    for number, (code, kind, question) in enumerate(ASKED):
        collector = staff.collectors[number % len(staff.collectors)]
        mine = Case.objects.open().filter(desk__owner=collector)
        for case in chosen(mine, random, 1):
            referring.ask(
                department=departments[code], kind=kind, question=question, actor=collector, case=case,
                now=at(day, time(10, number)), due_on=day + timedelta(days=60) if number == 5 else None,
            )  # fmt: skip


def _asked() -> list[Referral]:
    return list(Referral.objects.filter(complaint=None).select_related("department", "asked_by").order_by("pk"))


def _answer(day: date) -> None:
    """Two are answered, one is sent back, one is taken."""
    rows, now = _asked(), at(day, time(11, 0))
    if len(rows) < len(ASKED):
        return
    members = {row.pk: row.department.members.order_by("pk")[0] for row in rows}
    for row, words in zip(
        rows[:2], ("多收的 30.00 元已冲回，明细已发邮件", "结清证明本周五寄出，地址按登记地址"), strict=True
    ):
        referral_answers.answer(referral=row, words=words, actor=members[row.pk], now=now)
    referral_answers.take(referral=rows[2], actor=members[rows[2].pk], now=now)
    referral_answers.send_back(
        referral=rows[3], reason="预留手机号由客户服务核身后更正，请转客户服务", actor=members[rows[3].pk], now=now
    )


def _settle(day: date) -> None:
    rows, now = _asked(), at(day, time(9, 40))
    if len(rows) < len(ASKED):
        return
    referring.accept(referral=rows[0], actor=rows[0].asked_by, now=now)
    referring.tell_debtor(referral=rows[0], how="电话告知违约金已冲回", on=day, actor=rows[0].asked_by, now=now)


def _suggest(day: date, staff: Staff) -> None:
    filed = []
    for number, (area, urgency, text) in enumerate(SUGGESTED):
        filer = staff.collectors[number % len(staff.collectors)]
        filed.append(
            filing.file_suggestion(area=area, urgency=urgency, text=text, actor=filer, now=at(day, time(17, number)))
        )
    for colleague in staff.collectors:
        if colleague.pk != filed[1].filed_by_id:
            filing.second(suggestion=filed[1], actor=colleague, now=at(day, time(17, 30)))


def _answer_suggestions(day: date, users: dict[str, User]) -> None:
    rows, now = list(Suggestion.objects.select_related("filed_by").order_by("pk")), at(day, time(15, 0))
    if len(rows) < len(SUGGESTED) or "manager" not in users:
        return
    manager = users["manager"]
    answering.answer(
        suggestion=rows[1], decision=answering.ACCEPT, words="下月起减免当天审批，先在两个组试行",
        promised_on=day + timedelta(days=40), actor=manager, now=now,
    )  # fmt: skip
    answering.answer(
        suggestion=rows[2], decision=answering.DONE, words="已补充住院情形的话术，见话术库", actor=manager, now=now
    )
    filing.judge(suggestion=rows[2], content=True, because="", actor=rows[2].filed_by, now=at(day, time(17, 0)))
    answering.answer(
        suggestion=rows[5],
        decision=answering.DECLINE,
        words="各组轮流午休才有人接来电，暂不统一",
        actor=manager,
        now=now,
    )
    answering.link_duplicate(suggestion=rows[4], to=rows[0], actor=manager, now=now)
