"""Taking complaints in: the one door, whoever heard of it (pages, a call, the ledger, an agency)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from cases.models import Case, Debtor, ImportRun, Loan
from collection_ops.core import clock
from collection_ops.core.access import users_with
from collection_ops.core.models import User
from collection_ops.core.services import audit
from collection_ops.core.services.notifications import notify
from compliance.complaints.clock import due_on
from compliance.complaints.conflicts import HANDLE
from compliance.complaints.pausing import pause, resume
from compliance.complaints.refusals import ComplaintRefused
from compliance.models import (
    MOST_NARRATIVE,
    About,
    Complaint,
    ComplaintCategory,
    ComplaintRound,
    ComplaintSource,
    ComplaintState,
    ComplaintStep,
    ComplaintSubject,
    ComplaintType,
    Complexity,
    Severity,
)

RECORD = "complaints.record"

CATEGORY_OF = {
    ComplaintType.THREAT: ComplaintCategory.COLLECTION,
    ComplaintType.HARASSMENT: ComplaintCategory.COLLECTION,
    ComplaintType.HOURS: ComplaintCategory.COLLECTION,
    ComplaintType.THIRD_PARTY: ComplaintCategory.COLLECTION,
    ComplaintType.IMPERSONATION: ComplaintCategory.COLLECTION,
    ComplaintType.NOT_OWED: ComplaintCategory.COLLECTION,
    ComplaintType.DISCLOSURE: ComplaintCategory.INFORMATION,
    ComplaintType.DATA_USE: ComplaintCategory.INFORMATION,
    ComplaintType.CREDIT_REPORT: ComplaintCategory.RULES,
    ComplaintType.NEGOTIATION: ComplaintCategory.RULES,
    ComplaintType.AMOUNT: ComplaintCategory.PRICING,
    ComplaintType.FEE: ComplaintCategory.PRICING,
    ComplaintType.CONTRACT: ComplaintCategory.CONTRACT,
    ComplaintType.SERVICE: ComplaintCategory.SERVICE,
    ComplaintType.CHANNEL: ComplaintCategory.SYSTEMS,
    ComplaintType.OTHER: ComplaintCategory.OTHER,
}
"""The regulator's category that a type is counted under unless somebody chooses another."""


@dataclass(frozen=True)
class Said:
    """What a complaint says. `event_on`: the day it happened; `received_at`: when it reached the house."""

    source: ComplaintSource | str
    type: ComplaintType | str
    narrative: str
    received_at: datetime
    demand: str = ""
    event_on: date | None = None
    source_ref: str = ""
    category: ComplaintCategory | str = ""
    severity: Severity | int = Severity.MINOR
    complainant: str = "self"
    complainant_name: str = ""
    complainant_phone: str = ""


@dataclass(frozen=True)
class Accused:
    """Whom or what it is about: a collector (`user`), an agency (`org`, the code of its desk), or a matter."""

    about: About | str
    user: User | None = None
    org: str = ""


@dataclass(frozen=True)
class Whose:
    """Whose complaint it is, as far as is known. `loans`: the contracts that it is about."""

    debtor: Debtor | None = None
    case: Case | None = None
    loans: Sequence[Loan] = field(default_factory=tuple)


def receive(
    *,
    said: Said,
    whose: Whose,
    accused: Collection[Accused],
    actor: User | None,
    now: datetime,
    run: ImportRun | None = None,
    tell: bool = True,
    channel: str = "",
) -> Complaint:
    """Write a complaint down, start its clock, and stop those whom it is about from contacting the debtor (CN-S-07).

    The clock runs from the day on which it reached the house, not from the day somebody typed it in. `tell`: whoever may
    handle complaints hears of it (a ledger of hundreds tells once, itself). `channel`: a way of contact that it is about,
    where nobody can be named; the debtor is not contacted by it meanwhile.
    Raises ComplaintRefused: nothing said, received in the future or before it happened, contracts of somebody else, the
    source's number is taken.
    """
    _refuse(said, whose, clock.business_date(now))
    received_on = clock.business_date(said.received_at)
    due = due_on(received_on, type=said.type, complexity=Complexity.NORMAL)
    try:
        with transaction.atomic():
            complaint = Complaint.objects.create(
                debtor=whose.debtor,
                case=whose.case,
                source=said.source,
                source_ref=said.source_ref.strip()[:64],
                type=said.type,
                category=said.category or CATEGORY_OF[ComplaintType(said.type)],
                severity=said.severity,
                event_on=said.event_on,
                received_at=said.received_at,
                received_on=received_on,
                complainant=said.complainant,
                complainant_name=said.complainant_name.strip()[:64],
                complainant_phone=said.complainant_phone.strip()[:32],
                narrative=said.narrative.strip(),
                demand=said.demand.strip(),
                due_on=due,
                run=run,
                recorded_by=actor,
                recorded_at=now,
            )
            complaint.loans.set(whose.loans)
            ComplaintSubject.objects.bulk_create(
                ComplaintSubject(complaint=complaint, about=one.about, user=one.user, org=one.org)
                for one in dict.fromkeys(accused)
            )
            ComplaintRound.objects.create(complaint=complaint, number=1, started_on=received_on, due_on=due)
            step(complaint, "received", actor=actor, now=now, data={"source": str(said.source)})
            pause(complaint, now=now, channel=channel)
            audit.record(
                action="complaint.received",
                actor=actor,
                obj=complaint,
                data={"source": str(said.source), "type": str(said.type), "due": due.isoformat()},
            )
            if tell:
                _tell_handlers(complaint, actor)
    except IntegrityError as taken:
        if "complaint_reference_once" not in str(taken):
            raise
        raise ComplaintRefused(
            _("来源编号 %(reference)s 已登记过，请打开那一件补充说明") % {"reference": said.source_ref}, "source_ref"
        ) from taken
    return complaint


def similar(*, debtor: Debtor, now: datetime, days: int = 60) -> list[Complaint]:
    """Open complaints of the debtor, and those of the last days, newest first: what this one may be a duplicate of."""
    since = clock.business_date(now) - timedelta(days=days)
    rows = Complaint.objects.counted().filter(debtor=debtor)
    wanted = rows.filter(received_on__gte=since) | rows.open()
    return list(wanted.order_by("-received_at", "-pk")[:20])


def join(*, complaint: Complaint, to: Complaint, actor: User, now: datetime) -> Complaint:
    """Say that `complaint` is the same matter as `to`: it leaves the desk, its loans and those it is about are added to the
    other one. Raises ComplaintRefused: the same one, another person's, closed or joined already, `to` itself joined."""
    if complaint.pk == to.pk:
        raise ComplaintRefused(_("不能并入自身"), "to")
    with transaction.atomic():
        locked = {
            one.pk: one
            for one in Complaint.objects.select_for_update(of=("self",))
            .filter(pk__in=[complaint.pk, to.pk])
            .order_by("pk")
        }
        one, target = locked[complaint.pk], locked[to.pk]
        if not one.is_open:
            raise ComplaintRefused(_("这件投诉已办结或已并入，不能再并入"))
        if not target.is_open:
            raise ComplaintRefused(_("只能并入尚未办结的投诉；已办结的请重新受理"), "to")
        if one.debtor_id is not None and one.debtor_id != target.debtor_id:
            raise ComplaintRefused(_("两件投诉不是同一客户，不能合并"), "to")
        one.state, one.joined_to = ComplaintState.JOINED, target
        one.outcome, one.decided_at, one.decided_by = "", None, None
        one.save(update_fields=["state", "joined_to", "outcome", "decided_at", "decided_by"])
        known = set(target.subjects.values_list("about", "user_id", "org"))
        ComplaintSubject.objects.bulk_create(
            ComplaintSubject(complaint=target, about=about, user_id=user, org=org)
            for about, user, org in one.subjects.values_list("about", "user_id", "org")
            if (about, user, org) not in known
        )
        target.loans.add(*one.loans.all())
        pause(target, now=now, channel=one.hold.accused_channel if one.hold is not None else "")
        resume(one, actor=actor, now=now)
        step(one, "joined", actor=actor, now=now, data={"to": target.pk})
        step(target, "joined_by", actor=actor, now=now, data={"from": one.pk})
        audit.record(action="complaint.joined", actor=actor, obj=one, data={"to": target.pk})
        if target.handler is not None and target.handler_id != actor.pk:
            notify(
                users=[target.handler],
                kind="complaint.joined",
                params={"number": target.number, "other": one.number, "source": one.get_source_display()},
                url=reverse("compliance:complaint", args=[target.pk]),
            )
    return one


def step(
    complaint: Complaint,
    kind: str,
    *,
    actor: User | None,
    now: datetime,
    words: str = "",
    data: dict[str, object] | None = None,
) -> ComplaintStep:
    """One line of what was done about it. Kinds have their labels in `complaints/texts.py`."""
    return ComplaintStep.objects.create(
        complaint=complaint, kind=kind, at=now, actor=actor, words=words.strip(), data=data or {}
    )


def _refuse(said: Said, whose: Whose, today: date) -> None:
    words = said.narrative.strip()
    if not words:
        raise ComplaintRefused(_("请填写投诉内容；没有原话时写明由谁转述"), "narrative")
    if len(words) > MOST_NARRATIVE:
        raise ComplaintRefused(
            _("投诉内容超过 %(most)s 字，请作为附件上传并在此写摘要") % {"most": f"{MOST_NARRATIVE:,}"}, "narrative"
        )
    received_on = clock.business_date(said.received_at)
    if received_on > today:
        raise ComplaintRefused(_("收到日期不能晚于今天"), "received_at")
    if said.event_on is not None and said.event_on > received_on:
        raise ComplaintRefused(_("发生日期不能晚于收到日期"), "event_on")
    if whose.case is not None and whose.debtor is not None and whose.case.loan.debtor_id != whose.debtor.pk:
        raise ComplaintRefused(_("案件不属于这个客户"), "case")
    if any(whose.debtor is None or loan.debtor_id != whose.debtor.pk for loan in whose.loans):
        raise ComplaintRefused(_("所选合同不属于这个客户"), "loans")


def _tell_handlers(complaint: Complaint, actor: User | None) -> None:
    """Whoever may handle it, but nobody whom it is about."""
    accused = list(complaint.subjects.filter(user__isnull=False).values_list("user_id", flat=True))
    people = users_with(HANDLE).exclude(pk__in=accused)
    notify(
        users=people.exclude(pk=actor.pk) if actor is not None else people,
        kind="complaint.received",
        params={
            "number": complaint.number,
            "source": complaint.get_source_display(),
            "due": complaint.due_on.isoformat(),
        },
        url=reverse("compliance:complaint", args=[complaint.pk]),
        level="warning" if complaint.severity > Severity.MINOR else "info",
    )
