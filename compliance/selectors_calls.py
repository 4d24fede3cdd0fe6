"""What pages and queues ask about calls: codes, notes that are late, callbacks, talks without a recording, words."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count, DateTimeField, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cases.models import Case
from cases.names import lender_of
from collection_ops.core.models import User
from collection_ops.core.templatetags.ui import money
from compliance.models import (
    ActionCode,
    AttemptState,
    ContactAttempt,
    ContactDetail,
    PointState,
    Reached,
    ResultCode,
    TalkingPoint,
)
from compliance.models.talking_point import Topic
from compliance.services.log import NOTE_WITHIN

OVER_AT = Coalesce("ended_at", "opened_at", output_field=DateTimeField())
"""`ContactAttempt.over_at` as the database has it."""


def result_codes(*, channel: str = "call", is_third: bool = False) -> list[ResultCode]:
    """The codes that a contact may be told with, those with a key first; on a third person's number none of the debtor's."""
    codes = ResultCode.objects.filter(channel=channel, is_active=True)
    if is_third:
        codes = codes.exclude(reached=Reached.DEBTOR)
    return sorted(codes, key=lambda code: (code.key or 10, code.order, code.pk))


def action_for(attempt: ContactAttempt) -> ActionCode | None:
    """The action code that a contact is of by its channel, direction and purpose; the closest one, or none."""
    found = ActionCode.objects.filter(
        Q(purpose=attempt.purpose) | Q(purpose=""),
        channel=attempt.channel, direction=attempt.direction, is_active=True,
    ).order_by("-purpose", "order", "pk")  # fmt: skip
    return found.first()


# Notes that are late ---------------------------------------------------------------------------------------------------


def overdue_notes(*, now: datetime) -> "QuerySet[ContactAttempt]":
    """Contacts that nobody has told about within NOTE_WITHIN, oldest first."""
    late = ContactAttempt.objects.annotate(over=OVER_AT).filter(state=AttemptState.OPEN, over__lt=now - NOTE_WITHIN)
    return late.order_by("opened_at", "pk")


@dataclass(frozen=True)
class LateNotes:
    """How many contacts of one person's day were told about too late, or are not told about yet."""

    actor_id: int
    day: date
    told_late: int
    not_told: int

    @property
    def number(self) -> int:
        return self.told_late + self.not_told


def late_notes(*, first: date, last: date, now: datetime, actors: Collection[User] | None = None) -> list[LateNotes]:
    """Late notes by person and day of the contact, from `first` to `last`, both in. One query; days without one are left
    out. What was told late is a fact of its row and never changes; what is not told yet counts as of `now`."""
    since, until = _midnight(first), _midnight(last + timedelta(days=1))
    late = Q(late_minutes__gt=0) | Q(state=AttemptState.OPEN, over__lt=now - NOTE_WITHIN)
    found = ContactAttempt.objects.annotate(over=OVER_AT).filter(
        late, opened_at__gte=since, opened_at__lt=until, actor__isnull=False
    )
    if actors is not None:
        found = found.filter(actor__in=actors)
    rows = (
        found.annotate(day=TruncDate("opened_at"))
        .values("actor_id", "day")
        .annotate(told=Count("pk", filter=Q(late_minutes__gt=0)), waits=Count("pk", filter=Q(state="open")))
        .order_by("day", "actor_id")
    )
    return [LateNotes(row["actor_id"], row["day"], row["told"], row["waits"]) for row in rows]


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


# Callbacks -------------------------------------------------------------------------------------------------------------


def callbacks_due(*, cases: "QuerySet[Case]", until: datetime) -> "QuerySet[ContactDetail]":
    """Agreed callbacks about open `cases` that fall at or before `until` and were not followed by another contact with the
    person, soonest first. The case is `row.attempt.case_id`."""
    later = ContactAttempt.objects.filter(
        debtor=OuterRef("attempt__debtor"), opened_at__gt=OuterRef("attempt__opened_at")
    )
    later = later.exclude(state=AttemptState.CANCELLED).exclude(direction="in")
    return (
        ContactDetail.objects.filter(
            callback_at__lte=until, attempt__case__in=cases, attempt__case__closed_on__isnull=True
        )
        .filter(~Exists(later))
        .select_related("attempt")
        .order_by("callback_at", "pk")
    )


# Talks without a recording ---------------------------------------------------------------------------------------------


def talks_without_recording(*, reviewed: bool) -> "QuerySet[ContactDetail]":
    """Talks that were not recorded, those that compliance has looked into, or those still to be."""
    found = ContactDetail.objects.filter(no_recording=True, recording_reviewed_at__isnull=not reviewed)
    return found.select_related(
        "attempt__case__loan__debtor", "attempt__case__loan__source", "attempt__actor", "attempt__point", "result_code",
        "recording_reviewed_by",
    )  # fmt: skip


# Words -----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """One talking point as it is said in this call."""

    topic: str
    label: str
    reason: str
    temper: str
    text: str


_MASK = "••••"


def lines_to_say(*, case: Case, staff: User, audience: str, shows_amounts: bool) -> list[Line]:
    """Approved words for a call about `case`, in the order of a call, with what is owed by part from the ledger. Before the
    identity is confirmed the amounts are masked. One query."""
    order = Topic.values
    points = TalkingPoint.objects.filter(state=PointState.APPROVED, audience=audience)
    filled = {
        "lender": lender_of(case),
        "staff": staff.username,
        "as_of": case.as_of.isoformat() if shows_amounts else _MASK,
        "days": str(case.days_past_due) if shows_amounts else _MASK,
        **{
            part: f"{money(getattr(case, part))} {_('元')}" if shows_amounts else _MASK
            for part in ("total", "principal", "interest", "penalty", "fees")
        },
    }
    is_english = (get_language() or "").startswith("en")
    rows = sorted(points, key=lambda point: (order.index(point.topic), bool(point.reason), point.pk))
    return [
        Line(
            point.topic,
            str(point.get_topic_display()),
            point.reason,
            point.temper,
            _filled(point.text_en if is_english and point.text_en else point.text, filled),
        )
        for point in rows
    ]


def _filled(text: str, values: dict[str, str]) -> str:
    for place, value in values.items():
        text = text.replace(f"{{{place}}}", value)
    return text


def talking_points(*, state: str = "", reason: str = "", topic: str = "") -> "QuerySet[TalkingPoint]":
    """Words for the list of compliance, perhaps of a state, a reason or a topic."""
    found = TalkingPoint.objects.select_related("author", "decided_by", "replaces")
    found = found.filter(state=state) if state else found
    found = found.filter(reason=reason) if reason else found
    return found.filter(topic=topic) if topic else found
