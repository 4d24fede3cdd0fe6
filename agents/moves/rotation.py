"""Rotation: a case that nobody of its desk contacts for N days goes back to the pool, so that somebody else tries.

The night before, what will be due is listed for the leader («明日轮换»), who may exempt a case with a reason. Only contacts
told through the log count (a call or a visit that took place, or one that came in): notes, messages sent in passing and
calls that were only opened do not, and neither does anybody else's contact.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agents.models import IdleCase, IdleState
from agents.moves.move import hold_cases
from cases.models import Case, CaseHelper, Custody, DeskKind, Hold, PlanState, Promise, PromiseState, RepaymentPlan
from cases.services.custody import move_cases
from cases.services.desks import pool_desk
from collection_ops.core import clock
from collection_ops.core.access import Role, Scope, scope
from collection_ops.core.dated_settings import Setting
from collection_ops.core.models import User
from collection_ops.core.services import audit
from collection_ops.core.services.notifications import notify
from compliance.models import AttemptState, ContactAttempt

CAPABILITY = "cases.move"
JOB = "agents.rotate_idle"
LONGEST_EXEMPTION = 60
IDLE_DAYS = Setting(
    "rotation.idle_days",
    label=gettext_lazy("闲置多少天后轮换（0 为不轮换）"),
    default=0,
    source=gettext_lazy("内部管理"),
    unit=gettext_lazy("天"),
    least=0,
    most=365,
)
EXEMPT_AGREED = Setting(
    "rotation.exempt_agreed",
    label=gettext_lazy("有未到期承诺或履行中方案的案件不轮换"),
    default=True,
    source=gettext_lazy("内部管理"),
)
EXEMPT_HELD = Setting(
    "rotation.exempt_held",
    label=gettext_lazy("停催中的案件不轮换"),
    default=True,
    source=gettext_lazy("内部管理"),
)


class RotationRefused(Exception):
    """The exemption cannot be taken; the sentence says why, `field` where it stands in the form."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True)
class Idle:
    """A case on a collector's desk and since when (the last day on which something happened) nobody contacted."""

    case_id: int
    desk_id: int
    since: date


def _still(now: datetime, day: date) -> QuerySet[Case]:
    """Open cases on collectors' desks that may be rotated on `day` at all."""
    cases: QuerySet[Case] = Case.objects.present().filter(desk__kind=DeskKind.COLLECTOR)
    if EXEMPT_AGREED.on(day):
        cases = cases.exclude(Exists(Promise.objects.filter(case=OuterRef("pk"), state=PromiseState.OPEN)))
        live = (PlanState.SUBMITTED, PlanState.ACTIVE)
        cases = cases.exclude(Exists(RepaymentPlan.objects.filter(case=OuterRef("pk"), state__in=live)))
    if EXEMPT_HELD.on(day):
        held = Hold.objects.in_force(now).filter(debtor_id=OuterRef("loan__debtor_id"))
        cases = cases.exclude(Exists(held))
    exempted = IdleCase.objects.filter(
        case=OuterRef("pk"), desk=OuterRef("desk"), state=IdleState.EXEMPTED, exempt_until__gte=day
    )
    return cases.exclude(Exists(exempted))


def idle_on(day: date, *, days: int, now: datetime, only: Collection[int] | None = None) -> list[Idle]:
    """Cases that on `day` will have had no contact for `days` days: since the desk took them over, and since the last
    contact told by its owner or by a helper. One query and the settings."""
    midnight = timezone.make_aware(datetime.combine(day - timedelta(days=days - 1), time()))
    taken = Custody.objects.filter(case=OuterRef("pk"), ended_at__isnull=True)
    helping = CaseHelper.objects.filter(
        case=OuterRef(OuterRef("pk")), user=OuterRef("actor_id"), since__lte=OuterRef("opened_at")
    )
    contacts = ContactAttempt.objects.filter(
        Q(actor_id=OuterRef("desk__owner_id")) | Exists(helping),
        Q(channel__in=("call", "visit")) | Q(direction="in"),
        debtor_id=OuterRef("loan__debtor_id"),
        state=AttemptState.CLOSED,
        actor_kind="human",
        misdirected=False,
    )
    cases = _still(now, day).filter(Exists(taken.filter(started_at__lt=midnight)))
    cases = cases.exclude(Exists(contacts.filter(opened_at__gte=midnight)))
    if only is not None:
        cases = cases.filter(pk__in=list(only))
    rows = cases.annotate(
        took=Subquery(taken.values("started_at")[:1]),
        told=Subquery(contacts.order_by("-opened_at").values("opened_at")[:1]),
    ).order_by("pk")
    return [
        Idle(pk, desk, clock.business_date(max(took, told) if told else took))
        for pk, desk, took, told in rows.values_list("pk", "desk_id", "took", "told")
    ]


def rotate_idle(*, day: date, now: datetime) -> dict[str, int]:
    """The night's work at the beginning of `day`: what was listed for today and is still idle goes to the pool, what will be
    due tomorrow is listed and told to the leaders. Returns counts; a second time nothing is left to do."""
    days = int(IDLE_DAYS.on(day))
    rotated = _rotate(day, days, now)
    listed = _list(day + timedelta(days=1), int(IDLE_DAYS.on(day + timedelta(days=1))), day, now)
    return {"rotated": rotated, "listed": listed}


def _rotate(day: date, days: int, now: datetime) -> int:
    """Return what is due. Where the rotation was switched off meanwhile, the list is dropped."""
    with transaction.atomic():
        due = IdleCase.objects.select_for_update(of=("self",)).filter(state=IdleState.LISTED, due_on__lte=day)
        lines = list(due.order_by("case_id"))
        if not lines:
            return 0
        hold_cases([line.case_id for line in lines])
        found = idle_on(day, days=days, now=now, only=[line.case_id for line in lines]) if days else []
        still = {(idle.case_id, idle.desk_id) for idle in found}
        going = [line for line in lines if (line.case_id, line.desk_id) in still]
        if going:
            ids = [line.case_id for line in going]
            moved = move_cases(cases=ids, desk=pool_desk(), reason="rotated", actor=None, now=now)
            audit.record(
                action="rotation.done", actor=None, data={"count": moved, "day": day.isoformat(), "idle_days": days}
            )
        IdleCase.objects.filter(pk__in=[line.pk for line in going]).update(state=IdleState.ROTATED, decided_at=now)
        IdleCase.objects.filter(pk__in=[line.pk for line in lines], state=IdleState.LISTED).update(
            state=IdleState.DROPPED, decided_at=now
        )
        return len(going)


def _list(due_on: date, days: int, day: date, now: datetime) -> int:
    if not days:
        return 0
    with transaction.atomic():
        lines = [
            IdleCase(case_id=idle.case_id, desk_id=idle.desk_id, idle_since=idle.since, listed_on=day, due_on=due_on)
            for idle in idle_on(due_on, days=days, now=now)
        ]
        before = set(IdleCase.objects.filter(state=IdleState.LISTED).values_list("case_id", flat=True))
        IdleCase.objects.bulk_create(lines, ignore_conflicts=True, batch_size=1_000)
        fresh = IdleCase.objects.filter(state=IdleState.LISTED).exclude(case_id__in=before)
        counts = Counter(fresh.values_list("desk__unit", flat=True))
        for unit, count in sorted(counts.items()):
            notify(
                users=leaders_of_unit(unit),
                kind="rotation.tomorrow",
                params={"count": count},
                url=reverse("moves:rotation"),
                level="warning",
            )
    return sum(counts.values())


def leaders_of_unit(unit: str) -> list[User]:
    """Who may exempt a team's cases: its leaders, or the supervisors where it has none."""
    people = User.objects.filter(is_active=True)
    leaders = list(people.filter(role_grants__role=Role.TEAM_LEADER, unit=unit)) if unit else []
    return leaders or list(people.filter(role_grants__role=Role.SUPERVISOR))


def idle_for(user: User) -> QuerySet[IdleCase]:
    """Lines of the desks in the person's scope."""
    granted = scope(user, CAPABILITY)
    lines = IdleCase.objects.select_related("case__loan__debtor", "case__loan__source", "desk__owner", "decided_by")
    if granted == Scope.ALL:
        return lines
    return lines.filter(desk__unit=user.unit) if granted == Scope.TEAM and user.unit else lines.none()


def exempt(*, lines: Collection[int], until: date, reason: str, actor: User, now: datetime) -> int:
    """Leave listed cases where they lie until a day (included). Returns how many; what is not listed any more stays as it
    is. Raises RotationRefused: nothing chosen, no reason, a day past or too far."""
    today = clock.business_date(now)
    if not reason.strip():
        raise RotationRefused(_("请写明豁免的原因"), "reason")
    if until <= today:
        raise RotationRefused(_("豁免日期须晚于今天（%(day)s）") % {"day": today}, "until")
    if (until - today).days > LONGEST_EXEMPTION:
        last = today + timedelta(days=LONGEST_EXEMPTION)
        raise RotationRefused(_("豁免最晚到 %(day)s") % {"day": last}, "until")
    with transaction.atomic():
        held = idle_for(actor).select_for_update(of=("self",)).filter(pk__in=list(lines), state=IdleState.LISTED)
        chosen = list(held.order_by("case_id").values_list("pk", flat=True))
        if not chosen:
            raise RotationRefused(_("没有选中待轮换的案件，可能已经处理过"), "lines")
        IdleCase.objects.filter(pk__in=chosen).update(
            state=IdleState.EXEMPTED,
            exempt_until=until,
            reason=reason.strip()[:200],
            decided_by=actor,
            decided_at=now,
        )
        audit.record(
            action="rotation.exempted",
            actor=actor,
            data={"count": len(chosen), "lines": chosen[:500], "until": until.isoformat()},
            reason=reason,
        )
    return len(chosen)
