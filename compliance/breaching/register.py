"""Matters come into the register: the one door for checks, complaints, agencies and people. (The log's: `from_log`.)"""

from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from collection_ops.core import clock
from collection_ops.core.access import users_with
from collection_ops.core.dated_settings import values_on
from collection_ops.core.models import User
from collection_ops.core.services import audit
from collection_ops.core.services.notifications import notify
from compliance.breaching.kinds import DAYS, is_known, severity_of
from compliance.breaching.refusals import BreachRefused
from compliance.models import (
    BreachCase,
    BreachCaseState,
    BreachSeverity,
    BreachSource,
    BreachStep,
    Complaint,
    ContactAttempt,
)

HANDLE, CLOSE = "breaches.handle", "breaches.close"
MOST_WORDS = 5_000


def report_breach(
    *,
    kind: str,
    severity: BreachSeverity | int | None,
    what: str,
    actor: User | None,
    now: datetime,
    attempt: ContactAttempt | None = None,
    user: User | None = None,
    org: str = "",
    complaint: Complaint | None = None,
    check_number: int | None = None,
    found_on: date | None = None,
    evidence: str = "",
    source: BreachSource | str = "",
    finding: str = "",
) -> BreachCase:
    """Open a matter. `severity` None: as grave as its kind usually is. Without a `source` it is a check's, a complaint's or
    somebody's own; without `user` and `org` those of the contact; `finding` names the one it stands by (`from_findings`).
    The same finding of a check or a complaint again gives the matter that is there.

    Raises BreachRefused: an unknown kind or severity, nothing said, a day to come, nobody named who did it.
    """
    today = clock.business_date(now)
    found = found_on or today
    user, org = _who(attempt, user, org)
    origin = BreachSource(source) if source else _origin(complaint, check_number)
    _refuse(kind, severity, what, found, today, named=user is not None or bool(org))
    weight = BreachSeverity(severity) if severity is not None else severity_of(kind)
    row = BreachCase(
        source=origin,
        attempt=attempt,
        complaint=complaint,
        check_number=check_number,
        kind=kind,
        severity=weight,
        user=user,
        org=org,
        what=what.strip(),
        evidence=evidence.strip()[:200],
        found_on=found,
        due_on=due_days(today)[weight] + today,
        reported_by=actor,
        recorded_at=now,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            step(row, "opened", actor=actor, now=now, data={"finding": finding} if finding else {})
            data = {"kind": kind, "severity": int(weight), "source": str(origin), "user": user.pk if user else None}
            audit.record(action="breach.opened", actor=actor, obj=row, data={**data, "org": org})
            tell_of_new([row], actor=actor)
    except IntegrityError as known:
        if "breach_case_once" not in str(known):
            raise
        return BreachCase.objects.get(
            complaint=complaint,
            check_number=check_number,
            kind=kind,
            user=user,
            org=org,
            source__in=["quality", "complaint"],
        )
    return row


def due_days(day: date) -> dict[BreachSeverity, timedelta]:
    """How long a remedy may take, by the settings of the day; one query."""
    values = values_on(day, list(DAYS.values()))
    return {severity: timedelta(days=values[setting.name]) for severity, setting in DAYS.items()}


def tell_of_new(rows: list[BreachCase], *, actor: User | None) -> None:
    """Red lines are told at once to whoever closes them; the rest waits on the list."""
    grave = [row for row in rows if row.severity == BreachSeverity.CRITICAL]
    if not grave:
        return
    concerned = {row.user_id for row in grave} | ({actor.pk} if actor is not None else set())
    notify(
        users=[person for person in users_with(CLOSE) if person.pk not in concerned],
        kind="breach.critical",
        params={"count": len(grave), "number": grave[0].number},
        url=reverse("compliance:breach", args=[grave[0].pk])
        if len(grave) == 1
        else f"{reverse('compliance:breaches')}?severity=3",
        level="danger",
    )


def withdraw(row: BreachCase, *, actor: User, now: datetime) -> None:
    """It was found to be none after all, and the row stays to say so. Whoever was putting it right, and whom it concerns if
    they had been told, hear of it. The row is locked, and stands."""
    told = [one for one in (row.owner, row.user) if one is not None] if row.owner_id is not None else []
    row.state = BreachCaseState.WITHDRAWN
    _moved(row, "withdrawn", actor, now)
    for person in told:
        notify(
            users=[person],
            kind="breach.withdrawn",
            params={"number": row.number},
            url=reverse("compliance:breach" if person.pk == row.owner_id else "compliance:my_breach", args=[row.pk]),
        )


def bring_back(row: BreachCase, *, actor: User, now: datetime) -> None:
    """It was withdrawn and is found again: its days begin anew. The row is locked."""
    today = clock.business_date(now)
    row.state = BreachCaseState.OPEN if row.owner_id is None else BreachCaseState.IN_HAND
    row.remedied_at, row.escalated = None, 0
    row.due_on = today + due_days(today)[BreachSeverity(row.severity)]
    _moved(row, "back", actor, now)
    tell_of_new([row], actor=actor)


def step(
    row: BreachCase,
    kind: str,
    *,
    actor: User | None,
    now: datetime,
    words: str = "",
    data: dict[str, object] | None = None,
) -> BreachStep:
    """One line of what was done about it. Kinds have their labels in `breaching/texts.py`."""
    return BreachStep.objects.create(
        breach_case=row, kind=kind, at=now, actor=actor, words=words.strip(), data=data or {}
    )


def _moved(row: BreachCase, kind: str, actor: User, now: datetime) -> None:
    row.save(update_fields=["state", "remedied_at", "escalated", "due_on"])
    step(row, kind, actor=actor, now=now)
    audit.record(action=f"breach.{kind}", actor=actor, obj=row, data={"kind": row.kind, "source": row.source})


def _who(attempt: ContactAttempt | None, user: User | None, org: str) -> tuple[User | None, str]:
    if attempt is None or user is not None or org:
        return user, org.strip()[:32] or ("own" if user is not None else "")
    return attempt.actor, attempt.org


def _origin(complaint: Complaint | None, check_number: int | None) -> BreachSource:
    if check_number is not None:
        return BreachSource.QUALITY
    return BreachSource.COMPLAINT if complaint is not None else BreachSource.HAND


def _refuse(kind: str, severity: int | None, what: str, found: date, today: date, *, named: bool) -> None:
    if not is_known(kind):
        raise BreachRefused(_("没有“%(kind)s”这种违规类型") % {"kind": kind[:32]}, "kind")
    if severity is not None and severity not in BreachSeverity.values:
        raise BreachRefused(_("请选择严重程度"), "severity")
    if not what.strip():
        raise BreachRefused(_("请写明发生了什么、如何发现"), "what")
    if len(what) > MOST_WORDS:
        raise BreachRefused(_("事实不能超过 %(most)s 字") % {"most": f"{MOST_WORDS:,}"}, "what")
    if found > today:
        raise BreachRefused(_("发现日期不能晚于今天"), "found_on")
    if not named:
        raise BreachRefused(_("请指明当事人或机构"), "user")
