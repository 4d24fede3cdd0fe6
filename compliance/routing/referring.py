"""Asking another department, and what whoever asked does with the answer."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.models import Case, Debtor
from collection_ops.core import clock
from collection_ops.core.dated_settings import Setting
from collection_ops.core.models import User
from collection_ops.core.services import audit
from collection_ops.core.services.calendar import add_business_days
from collection_ops.core.services.notifications import notify
from compliance.models import (
    UNFINISHED_STATES,
    WAITING_STATES,
    Complaint,
    Department,
    Referral,
    ReferralKind,
    ReferralState,
)
from compliance.routing.people import accused_of, may_settle, members_of
from compliance.routing.refusals import ReferralRefused
from compliance.routing.rows import locked, step

ANSWER_DAYS = Setting(
    "referral.answer_days",
    label=gettext_lazy("转办答复工作日"),
    default=3,
    source=gettext_lazy("内部规定；部门可另设"),
    unit=gettext_lazy("个工作日"),
    least=1,
    most=30,
)
LONGEST = timedelta(days=90)
"""House rule: who needs an answer later than this asks again."""
MOST_WORDS = 5000


def ask(
    *,
    department: Department,
    question: str,
    actor: User,
    now: datetime,
    due_on: date | None = None,
    complaint: Complaint | None = None,
    case: Case | None = None,
    debtor: Debtor | None = None,
    kind: ReferralKind | str = "",
    owner: User | None = None,
) -> Referral:
    """Ask a department; its members are told, or `owner` among them. Without `due_on` the department's days count, not
    beyond the day before the complaint's last (see `latest_due`). The debtor follows from the case.

    Raises ReferralRefused: no question, a department without anybody who can answer, an owner who cannot, a day that is
    over or too far off, about nothing at all, a complaint that is closed or about the asker, somebody else's case.
    """
    words, today = _words(question), clock.business_date(now)
    wanted = ReferralKind(kind) if kind else ReferralKind.INVESTIGATION if complaint else ReferralKind.OTHER
    _refuse_subject(complaint, case, debtor, wanted, actor)
    if complaint is not None and case is None and debtor is None:
        case, debtor = complaint.case, complaint.debtor
    if case is not None:
        debtor = case.loan.debtor
    with transaction.atomic():
        to = _asked(department, owner, complaint)
        due = _due(due_on, department, complaint, today)
        referral = Referral.objects.create(
            department=department,
            kind=wanted,
            question=words,
            complaint=complaint,
            case=case,
            debtor=debtor,
            asked_by=actor,
            asked_at=now,
            owner=owner,
            due_on=due,
        )
        step(referral, "asked", actor=actor, now=now, words=words, data={"department": department.name})
        audit.record(
            action="referral.asked",
            actor=actor,
            obj=referral,
            data={"department": department.code, "kind": str(wanted), "due": due.isoformat()},
        )
        _tell(referral, "referral.asked", to, actor)
    return referral


def latest_due(complaint: Complaint | None) -> date | None:
    """The day by which an answer is needed so that the complaint can still be closed in time: the day before its last."""
    return complaint.due_on - timedelta(days=1) if complaint is not None else None


def default_due(department: Department, complaint: Complaint | None, today: date) -> date:
    """The department's days, not beyond the complaint's; today at the earliest."""
    due = add_business_days(today, department.answer_days or ANSWER_DAYS.on(today))
    latest = latest_due(complaint)
    return max(today, min(due, latest)) if latest is not None else due


def accept(*, referral: Referral, actor: User, now: datetime) -> Referral:
    """The answer serves: the referral is closed. Raises ReferralRefused: not the asker, no answer."""
    with transaction.atomic():
        row = _settled(referral, actor, ReferralState.ANSWERED)
        row.state = ReferralState.CLOSED
        row.save(update_fields=["state"])
        step(row, "accepted", actor=actor, now=now)
        audit.record(action="referral.accepted", actor=actor, obj=row)
    return row


def ask_again(
    *, referral: Referral, reason: str, actor: User, now: datetime, department: Department | None = None
) -> Referral:
    """The answer does not serve, or the department sent it back: asked again with a reason and days of its own, perhaps of
    another department. What was answered stays in its steps.

    Raises ReferralRefused: not the asker, no reason, sent back and asked of the same department, nobody who can answer."""
    words = _words(reason, "reason")
    with transaction.atomic():
        row = _settled(referral, actor, ReferralState.ANSWERED, ReferralState.RETURNED)
        asked = department or row.department
        if row.state == ReferralState.RETURNED and asked.pk == row.department_id:
            raise ReferralRefused(_("%(name)s 已说明不归其办理，请改选其他部门或撤回") % {"name": asked}, "department")
        owner = row.owner if asked.pk == row.department_id else None
        if owner is not None and owner.pk not in {one.user_id for one in members_of(asked, complaint=row.complaint)}:
            owner = None
        to = _asked(asked, owner, row.complaint)
        row.department, row.owner = asked, owner
        row.state = ReferralState.TAKEN if owner is not None else ReferralState.OPEN
        row.due_on = default_due(asked, row.complaint, clock.business_date(now))
        row.answer, row.answered_by, row.answered_at, row.reminded = "", None, None, 0
        row.told_on, row.told_how, row.told_by = None, "", None
        row.save()
        data: dict[str, object] = {"department": asked.name, "due": row.due_on.isoformat()}
        step(row, "again", actor=actor, now=now, words=words, data=data)
        audit.record(action="referral.again", actor=actor, obj=row, data={**data, "department": asked.code})
        _tell(row, "referral.again", to, actor)
    return row


def withdraw(*, referral: Referral, reason: str, actor: User, now: datetime) -> Referral:
    """Not needed any more. Raises ReferralRefused: not the asker, no reason, answered already."""
    words = _words(reason, "reason")
    with transaction.atomic():
        row = _settled(referral, actor, *WAITING_STATES, ReferralState.RETURNED)
        was_waiting = row.state in WAITING_STATES
        row.state = ReferralState.WITHDRAWN
        row.save(update_fields=["state"])
        step(row, "withdrawn", actor=actor, now=now, words=words)
        audit.record(action="referral.withdrawn", actor=actor, obj=row)
        if was_waiting:
            people = [row.owner] if row.owner else [one.user for one in members_of(row.department)]
            _tell(row, "referral.withdrawn", people, actor, level="info")
    return row


def tell_debtor(*, referral: Referral, how: str, on: date, actor: User, now: datetime) -> Referral:
    """The debtor has heard the answer to a question of theirs. Raises ReferralRefused: about a complaint, no answer yet,
    told already, no word how, a day before the answer or in the future, somebody who neither asked nor has the case."""
    words = _words(how, "how")
    with transaction.atomic():
        row = locked(referral, ReferralState.ANSWERED, ReferralState.CLOSED)
        if not row.is_question:
            raise ReferralRefused(_("投诉的答复在投诉中登记，不在转办中登记"))
        if not may_settle(row, actor) and not _has_case(row, actor):
            raise ReferralRefused(_("由转办人或案件经办人登记告知客户的情况"))
        if row.told_on is not None:
            raise ReferralRefused(_("已于 %(day)s 登记告知客户") % {"day": row.told_on})
        answered_on = clock.business_date(row.answered_at) if row.answered_at else row.due_on
        if not answered_on <= on <= clock.business_date(now):
            raise ReferralRefused(_("告知日期须在答复当天（%(day)s）与今天之间") % {"day": answered_on}, "on")
        row.told_on, row.told_how, row.told_by = on, words, actor
        row.save(update_fields=["told_on", "told_how", "told_by"])
        step(row, "told", actor=actor, now=now, words=words, data={"on": on.isoformat()})
        audit.record(action="referral.told", actor=actor, obj=row, data={"on": on.isoformat()})
    return row


def open_referrals(complaint: Complaint) -> int:
    """How many referrals of the complaint are not at their end: asked, or answered and not accepted. Whoever closes it
    settles them first."""
    return Referral.objects.filter(complaint=complaint, state__in=UNFINISHED_STATES).count()


# Within ---------------------------------------------------------------------------------------------------------------


def _words(text: str, field: str = "question") -> str:
    words = text.strip()
    if not words:
        told = {
            "question": _("请写明要对方部门做什么、答复什么"),
            "reason": _("请写明原因"),
            "how": _("请写明如何告知客户"),
        }
        raise ReferralRefused(told[field], field)
    if len(words) > MOST_WORDS:
        raise ReferralRefused(_("最多 %(most)d 个字") % {"most": MOST_WORDS}, field)
    return words


def _refuse_subject(
    complaint: Complaint | None, case: Case | None, debtor: Debtor | None, kind: ReferralKind, actor: User
) -> None:
    if complaint is None and case is None and debtor is None:
        raise ReferralRefused(_("请从投诉或案件发起转办"))
    if kind == ReferralKind.INVESTIGATION and complaint is None:
        raise ReferralRefused(_("投诉协查只能从投诉发起"), "kind")
    if case is not None and debtor is not None and case.loan.debtor_id != debtor.pk:
        raise ReferralRefused(_("案件不属于这个客户"))
    if complaint is None:
        return
    if case is not None and complaint.debtor_id not in (None, case.loan.debtor_id):
        raise ReferralRefused(_("案件与投诉不是同一客户"))
    if not complaint.is_open:
        raise ReferralRefused(_("投诉 %(number)s 已办结或已并入，不能再转办") % {"number": complaint.number})
    if actor.pk in set(accused_of(complaint)):
        raise ReferralRefused(_("被投诉人不能就自己的投诉转办"))


def _asked(department: Department, owner: User | None, complaint: Complaint | None) -> list[User]:
    """Whom to tell. The department is locked, so that its last member cannot leave meanwhile."""
    current = Department.objects.select_for_update().get(pk=department.pk)
    if not current.is_active:
        raise ReferralRefused(_("%(name)s 已停用，请改选其他部门") % {"name": current}, "department")
    people = [one.user for one in members_of(current, complaint=complaint)]
    if not people:
        raise ReferralRefused(
            _("%(name)s 没有可以答复的成员，请联系合规在“协办部门”中补充，或改选其他部门") % {"name": current},
            "department",
        )
    if owner is None:
        return people
    if owner.pk not in {one.pk for one in people}:
        raise ReferralRefused(_("%(who)s 不能为 %(name)s 答复") % {"who": owner, "name": current}, "owner")
    return [owner]


def _due(wished: date | None, department: Department, complaint: Complaint | None, today: date) -> date:
    if wished is None:
        return default_due(department, complaint, today)
    if wished < today:
        raise ReferralRefused(_("答复期限不能早于今天"), "due_on")
    if wished > today + LONGEST:
        raise ReferralRefused(_("答复期限最长 90 天"), "due_on")
    return wished


def _settled(referral: Referral, actor: User, *states: str) -> Referral:
    row = locked(referral, *states)
    if not may_settle(row, actor):
        raise ReferralRefused(_("只有转办人 %(who)s 可以这样处理") % {"who": row.asked_by})
    return row


def _has_case(referral: Referral, user: User) -> bool:
    if referral.case_id is None:
        return False
    return Case.objects.for_user(user, "referrals.ask").filter(pk=referral.case_id).exists()


def _tell(referral: Referral, kind: str, people: list[User], actor: User, *, level: str = "warning") -> None:
    notify(
        users=[one for one in people if one.pk != actor.pk],
        kind=kind,
        params={
            "number": referral.number,
            "department": referral.department.name,
            "due": referral.due_on.isoformat(),
        },
        url=reverse("compliance:referral", args=[referral.pk]),
        level=level,
    )
