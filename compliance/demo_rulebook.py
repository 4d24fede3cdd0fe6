"""What compliance did in the demo: a rule tightened, a loosening that waits, texts approved, messages on their way."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from random import Random

from cases.demo.play import Staff, staff_day
from cases.models import Case, ContactPoint
from collection_ops.core.access import users_with
from collection_ops.core.models import User
from compliance.demo_parts import at, chosen, own_phone
from compliance.dispatch import DUE, dispatch_due, queue_message
from compliance.models import MessageTemplate, QueuedMessage
from compliance.services.rulebook import propose_change
from compliance.services.templates import decide_template, usable_templates, write_template

TEXTS = (
    (
        "overdue",
        "debtor",
        "demand",
        "{name}您好，您尾号{contract}的借款已逾期{days}天，应还{amount}元，请致电{phone}。回T退订",
    ),
    ("remind", "debtor", "remind", "{name}您好，您与我司约定的还款即将到期，如需协助请致电{phone}。回T退订"),
    ("relay", "contact", "relay", "请转告{name}与{lender}联系，电话{phone}，谢谢。"),
)
MESSAGES_A_DAY = 3


@staff_day
def rules_and_messages(*, day: date, days_left: int, staff: Staff, random: Random) -> None:
    """Texts in the second week before the end, messages every day after it, the rules in the last days."""
    officer = users_with("rules.change").order_by("pk").first()
    if officer is None:
        return
    if days_left == 9:
        _write_texts(day, staff.supervisor, officer)
    if 1 <= days_left < 9:
        _send(day, staff.collectors, random)
    if days_left == 5:
        propose_change(
            pack="CN-DEFAULT", rule="CN-F-04", params={"minutes": 15}, effective_from=day + timedelta(days=1),
            reason="客户反映重拨太密", actor=officer, now=at(day, time(15, 10)),
        )  # fmt: skip
    if days_left == 2:
        propose_change(
            pack="CN-DEFAULT", rule="CN-F-03", params={"most": 8}, effective_from=day + timedelta(days=14),
            reason="部分客户上班时间不便接听，申请试行", actor=officer, now=at(day, time(16, 20)),
        )  # fmt: skip
        write_template(
            code="overdue", channel="sms", audience="debtor", purpose="demand", actor=staff.supervisor,
            body="{name}您好，您尾号{contract}的借款应还{amount}元，可致电{phone}申请分期。回T退订", valid_from=day,
            now=at(day, time(17, 0)),
        )  # fmt: skip


def _write_texts(day: date, author: User, approver: User) -> None:
    for code, audience, purpose, body in TEXTS:
        template = write_template(
            code=code, channel="sms", audience=audience, purpose=purpose, body=body, valid_from=day, actor=author,
            now=at(day, time(10, 0)),
        )  # fmt: skip
        decide_template(template=template, approve=True, actor=approver, now=at(day, time(11, 30)))


def _send(day: date, collectors: Sequence[User], random: Random) -> None:
    """Some by day; the last of them late in the evening, so that it leaves the next morning."""
    dispatch_due(now=at(day, time(8, 0)))
    template = next((one for one in usable_templates(day, audience="debtor") if one.code == "overdue"), None)
    if template is None:
        return
    for collector in collectors:
        waiting = QueuedMessage.objects.filter(state__in=DUE).values("case")
        mine = Case.objects.open().filter(desk__owner=collector).exclude(pk__in=waiting)
        cases = chosen(mine, random, MESSAGES_A_DAY)
        for number, case in enumerate(cases):
            _queue(
                case, own_phone(case), template, collector, at(day, time(21, 58) if number == 2 else time(14, number))
            )
        dispatch_due(now=at(day, time(14, 30)))
    dispatch_due(now=at(day, time(22, 3)))


def _queue(case: Case, point: ContactPoint | None, template: MessageTemplate, actor: User, moment: datetime) -> None:
    """Nobody sends the same twice while the first waits for its hour."""
    waits = QueuedMessage.objects.filter(case=case, point=point, template=template, state__in=DUE)
    if point is not None and not waits.exists():
        queue_message(case=case, point=point, template=template, actor=actor, now=moment)
