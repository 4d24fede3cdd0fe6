"""How far a complaint reaches (openings.md 19): what else the person owes, who touched it, with which texts, through which
agency; and everybody stopped in one action.

    gather → lines (pure) → freeze; release only with the same list ticked
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Count, Max, Q
from django.utils.translation import gettext as _

from cases.models import Case, Custody, DeskKind, Hold, HoldType
from cases.names import agency_names
from cases.services.holds import HoldRefused, lift_hold, place_hold
from collection_ops.core import clock
from collection_ops.core.models import User
from collection_ops.core.services import audit
from compliance.complaints.conflicts import accused_of, refuse_conflict
from compliance.complaints.desk import LONG_TEXTS
from compliance.complaints.refusals import ComplaintRefused
from compliance.complaints.register import step
from compliance.dispatch import DUE, MessageRefused, cancel_message
from compliance.models import (
    OPEN_STATES,
    Complaint,
    ComplaintSubject,
    ContactAttempt,
    ContactDetail,
    Freeze,
    FreezeKind,
    FreezeLine,
    MessageState,
    QueuedMessage,
)
from compliance.models.attempt import Channel

LOOK_BACK = timedelta(days=90)
MOST_ROWS = 50
"""Of each list on the page: a person with more debts or touchers is told of as «and more»."""


@dataclass(frozen=True)
class Toucher:
    """Who contacted the person: one of the staff (`user`), an agency, or the system itself."""

    user: int | None
    org: str
    name: str
    count: int
    last: datetime
    is_accused: bool = False


@dataclass(frozen=True)
class Reach:
    """What was found. Lists are limited to MOST_ROWS."""

    cases: list[Case]
    touched: list[Toucher]
    agencies: list[tuple[str, str]]
    custodies: list[Custody]
    templates: list[tuple[str, int, datetime]]
    waiting: list[QueuedMessage]
    others: list[Complaint]
    wishes: int


@dataclass(frozen=True)
class Line:
    """One thing that can be stopped. `key` is what the form ticks; `user`, `org`, `channel` or `message` name it."""

    key: str
    kind: FreezeKind
    label: str
    is_proposed: bool = True
    user: int | None = None
    org: str = ""
    channel: str = ""
    message: int | None = None


def gather(complaint: Complaint, *, now: datetime) -> Reach:
    """Eight queries, whatever the person has been through. Expects a complaint with its debtor."""
    debtor, since = complaint.debtor_id, now - LOOK_BACK
    subjects = list(complaint.subjects.all())
    users = {one.user_id for one in subjects if one.user_id is not None}
    orgs = {one.org for one in subjects if one.org}
    custodies = list(
        Custody.objects.filter(case__loan__debtor=debtor, desk__kind=DeskKind.AGENCY)
        .select_related("desk", "case__loan")
        .order_by("-started_at")[:MOST_ROWS]
    )
    attempts = (
        ContactAttempt.objects.filter(debtor=debtor, opened_at__gte=since)
        .exclude(state="cancelled")
        .values("actor_id", "actor__display_name", "org")
        .annotate(count=Count("pk"), last=Max("opened_at"))
        .order_by("-count", "actor_id")[:MOST_ROWS]
    )
    rows = list(attempts)
    codes = {row["org"] for row in rows} - {"own"} | {custody.desk.code for custody in custodies} | orgs
    names = agency_names(codes)
    sent = (
        QueuedMessage.objects.filter(case__loan__debtor=debtor, state=MessageState.SENT, sent_at__gte=since)
        .values_list("template__code", "template__version")
        .annotate(count=Count("pk"), last=Max("sent_at"))
        .order_by("-count")[:MOST_ROWS]
    )
    return Reach(
        cases=list(
            Case.objects.open().filter(loan__debtor=debtor).select_related("loan", "desk").order_by("pk")[:MOST_ROWS]
        ),
        touched=[
            Toucher(
                user=row["actor_id"],
                org="" if row["org"] == "own" else row["org"],
                name=row["actor__display_name"] or names.get(row["org"], "" if row["org"] == "own" else row["org"]),
                count=row["count"],
                last=row["last"],
                is_accused=row["actor_id"] in users or row["org"] in orgs,
            )
            for row in rows
        ],
        agencies=[(code, names.get(code, code)) for code in sorted(codes)],
        custodies=custodies,
        templates=[(f"{code} v{version}", count, last) for code, version, count, last in sent],
        waiting=list(
            QueuedMessage.objects.filter(case__loan__debtor=debtor, state__in=DUE)
            .select_related("template", "point")
            .order_by("pk")[:MOST_ROWS]
        ),
        others=_others(complaint, users, orgs, since),
        wishes=_wishes(complaint, users, since),
    )


def _others(complaint: Complaint, users: Collection[int], orgs: Collection[str], since: datetime) -> list[Complaint]:
    """Complaints of other customers about the same people and agencies in the last days, newest first."""
    if not users and not orgs:
        return []
    about = ComplaintSubject.objects.filter(Q(user__in=users) | Q(org__in=orgs)).values("complaint")
    rows = Complaint.objects.counted().filter(pk__in=about, received_on__gte=clock.business_date(since))
    rows = rows.exclude(pk=complaint.pk).exclude(debtor=complaint.debtor_id).defer(*LONG_TEXTS)
    return list(rows.order_by("-received_on", "-pk")[:MOST_ROWS])


def _wishes(complaint: Complaint, users: Collection[int], since: datetime) -> int:
    """How many other customers said to the accused that they wish to complain."""
    said = ContactDetail.objects.filter(
        complaint_wish=True, attempt__actor__in=users, attempt__opened_at__gte=since
    ).exclude(attempt__debtor=complaint.debtor_id)
    return said.values("attempt__debtor").distinct().count()


def lines(reach: Reach, accused: Iterable[tuple[int | None, str, str]]) -> list[Line]:
    """Pure. What can be stopped, the accused first (`accused`: user, agency, name); each person and agency that touched the
    debtor once, each telephone-like channel for everybody, each message that waits. Channels are not proposed: they stop
    everybody, and the lender may have to speak with the person about the complaint."""
    found: dict[str, Line] = {}
    for user, org, name in accused:
        _add(found, user, org, name)
    for one in reach.touched:
        _add(found, one.user if not one.org else None, one.org, one.name)
    for code, name in reach.agencies:
        _add(found, None, code, name)
    for channel in Channel:
        key = f"channel-{channel.value}"
        found[key] = Line(key, FreezeKind.CHANNEL, str(channel.label), is_proposed=False, channel=channel.value)
    for message in reach.waiting:
        key = f"message-{message.pk}"
        label = _("待发消息 %(template)s，%(point)s") % {"template": message.template, "point": message.point.masked}
        found[key] = Line(key, FreezeKind.MESSAGE, label, message=message.pk)
    return list(found.values())


def _add(found: dict[str, Line], user: int | None, org: str, name: str) -> None:
    if user is not None:
        found.setdefault(f"person-{user}", Line(f"person-{user}", FreezeKind.PERSON, name, user=user))
    elif org:
        found.setdefault(f"agency-{org}", Line(f"agency-{org}", FreezeKind.AGENCY, name, org=org))


def lines_of(complaint: Complaint, *, now: datetime) -> tuple[Reach, list[Line]]:
    reach = gather(complaint, now=now)
    accused = [
        (one.user_id, one.org, str(one.user or dict(reach.agencies).get(one.org, one.org)))
        for one in complaint.subjects.select_related("user").order_by("pk")
    ]
    return reach, lines(reach, accused)


def freeze(*, complaint: Complaint, keys: Collection[str], reason: str, actor: User, now: datetime) -> Freeze:
    """Stop what is ticked, all of it or nothing. A hold that is in force already is on the list, too.

    Raises ComplaintRefused: nothing ticked, no reason, nobody's complaint, frozen already, something that is not on the list
    any more (a message that has left), without the authority to place holds, an interest in it."""
    if not keys:
        raise ComplaintRefused(_("请勾选要停止的内容"), "lines")
    if not reason.strip():
        raise ComplaintRefused(_("请写明冻结的原因"), "reason")
    with transaction.atomic():
        locked = Complaint.objects.select_for_update(of=("self",)).get(pk=complaint.pk)
        if locked.debtor is None:
            raise ComplaintRefused(_("请先关联客户"))
        refuse_conflict(accused_of(locked), actor, field="")
        _reach, offered = lines_of(locked, now=now)
        known = {line.key: line for line in offered}
        if not set(keys) <= set(known):
            raise ComplaintRefused(_("清单已变化（消息可能刚发出），请核对后重新勾选"), "lines")
        try:
            with transaction.atomic():
                document = Freeze.objects.create(
                    complaint=locked, reason=reason.strip()[:200], frozen_by=actor, frozen_at=now
                )
        except IntegrityError as already:
            raise ComplaintRefused(_("已有一份尚未解除的冻结，请先解除")) from already
        chosen = [known[key] for key in known if key in set(keys)]
        try:
            for line in chosen:
                _stop(document, line, actor=actor, now=now)
        except (HoldRefused, MessageRefused) as refused:
            raise ComplaintRefused(str(refused), "lines") from refused
        step(locked, "frozen", actor=actor, now=now, words=reason, data={"count": len(chosen), "freeze": document.pk})
        audit.record(
            action="complaint.frozen", actor=actor, obj=locked,
            data={"freeze": document.pk, "lines": [line.key for line in chosen]}, reason=reason,
        )  # fmt: skip
    return document


def _stop(document: Freeze, line: Line, *, actor: User, now: datetime) -> None:
    if line.message is not None:
        message = QueuedMessage.objects.select_related("case").get(pk=line.message)
        cancel_message(message=message, actor=actor, now=now)
        FreezeLine.objects.create(freeze=document, kind=line.kind, message=message)
        return
    debtor = document.complaint.debtor
    if debtor is None:
        raise LookupError("a freeze without a debtor")
    user = User.objects.get(pk=line.user) if line.user is not None else None
    named = {"accused": user, "accused_org": line.org, "accused_channel": line.channel}
    hold = Hold.objects.in_force(now).filter(debtor=debtor, type=HoldType.COMPLAINT, **named).first() or place_hold(
        debtor=debtor,
        type=HoldType.COMPLAINT,
        reason=_("投诉 %(number)s：一键冻结") % {"number": document.complaint.number},
        actor=actor,
        now=now,
        accused=user,
        accused_org=line.org,
        accused_channel=line.channel,
    )
    FreezeLine.objects.create(freeze=document, kind=line.kind, user=user, org=line.org, channel=line.channel, hold=hold)


def frozen_lines(document: Freeze) -> list[tuple[FreezeLine, str]]:
    """What was stopped, in words. Two queries."""
    rows = list(document.lines.select_related("user", "hold", "message__template", "message__point").order_by("pk"))
    codes = {row.org for row in rows if row.org}
    names = agency_names(codes)
    return [(row, _named(row, names)) for row in rows]


def _named(row: FreezeLine, agencies: dict[str, str]) -> str:
    if row.message is not None:
        said = {"template": row.message.template, "point": row.message.point.masked}
        return _("已取消的消息 %(template)s，%(point)s（不会恢复）") % said
    return str(row.user or row.get_channel_display() or agencies.get(row.org, row.org))


def release(*, complaint: Complaint, keys: Collection[str], reason: str, actor: User, now: datetime) -> Freeze:
    """Let go what was stopped, every line confirmed. What an open complaint asks for stays until that one is closed.

    Raises ComplaintRefused: a line that was not ticked, no reason, nothing frozen, no authority to lift holds of complaints,
    an interest in it."""
    if not reason.strip():
        raise ComplaintRefused(_("请写明解除冻结的原因"), "reason")
    with transaction.atomic():
        locked = Complaint.objects.select_for_update(of=("self",)).get(pk=complaint.pk)
        refuse_conflict(accused_of(locked), actor, field="")
        document = locked.freezes.select_for_update(of=("self",)).filter(released_at__isnull=True).first()
        if document is None:
            raise ComplaintRefused(_("没有尚未解除的冻结；可能同事已解除"))
        rows = list(document.lines.select_related("hold").order_by("pk"))
        missing = sum(1 for row in rows if str(row.pk) not in set(keys))
        if missing:
            raise ComplaintRefused(
                _("还有 %(count)s 项没有确认；解除须逐项勾选同一份清单") % {"count": missing}, "lines"
            )
        document.released_by, document.released_at = actor, now
        document.release_reason = reason.strip()[:200]
        document.save(update_fields=["released_by", "released_at", "release_reason"])
        wanted: set[tuple[int | None, str]] = set(
            ComplaintSubject.objects.filter(
                complaint__debtor=locked.debtor_id, complaint__state__in=OPEN_STATES
            ).values_list("user_id", "org")
        )
        lifted = [row.hold for row in rows if row.hold is not None and _may_go(row, wanted, document, now)]
        try:
            for hold in lifted:
                lift_hold(hold=hold, reason=reason, actor=actor, now=now)
        except HoldRefused as refused:
            raise ComplaintRefused(str(refused)) from refused
        step(
            locked, "released", actor=actor, now=now, words=reason,
            data={"count": len(lifted), "freeze": document.pk},
        )  # fmt: skip
        audit.record(
            action="complaint.released", actor=actor, obj=locked,
            data={"freeze": document.pk, "lifted": [hold.pk for hold in lifted]}, reason=reason,
        )  # fmt: skip
    return document


def _may_go(row: FreezeLine, wanted: set[tuple[int | None, str]], document: Freeze, now: datetime) -> bool:
    """In force, asked for by no open complaint, and on no other list that is frozen."""
    hold = row.hold
    if hold is None or not hold.is_in_force(now):
        return False
    if not row.channel and (row.user_id, row.org) in wanted:
        return False
    return not is_frozen(hold, but=document)


def is_frozen(hold: Hold, *, but: Freeze | None = None) -> bool:
    rows = FreezeLine.objects.filter(hold=hold, freeze__released_at__isnull=True)
    return (rows.exclude(freeze=but) if but is not None else rows).exists()
