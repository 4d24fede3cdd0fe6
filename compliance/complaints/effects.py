"""What a decision asks of the people it found responsible: to be trained again, or coached.

    gather → follow (pure) → apply

Trained again where it was severe, or threats, disclosure, impersonation; coached otherwise. A later decision that finds
otherwise cancels what is still open; what was done stays done.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from collection_ops.core import clock
from collection_ops.core.dated_settings import Setting
from collection_ops.core.models import User
from compliance.models import FOUND_TRUE, Complaint, ComplaintType, Severity, StaffTask, StaffTaskKind
from compliance.services.staff_tasks import cancel_staff_task, open_staff_task

TRAINING_DAYS = Setting(
    "complaint.training_days",
    label=gettext_lazy("辅导与再培训期限"),
    default=14,
    source="openings.md 20-21",
    unit=gettext_lazy("天"),
    least=1,
    most=90,
)
GRAVE = (ComplaintType.THREAT, ComplaintType.DISCLOSURE, ComplaintType.IMPERSONATION)


@dataclass(frozen=True)
class Found:
    """What was found, and who bears the blame, by id. `gone`: those of them who do not work here any more."""

    is_true: bool
    type: str
    severity: int
    responsible: tuple[int, ...] = ()
    gone: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Task:
    """A task that is there. `is_done`: nobody takes it back."""

    pk: int
    user: int
    kind: str
    is_done: bool = False


@dataclass(frozen=True)
class Follows:
    """Tasks to open (user, kind), those to cancel, by id."""

    opened: tuple[tuple[int, str], ...] = ()
    cancelled: tuple[int, ...] = ()


def kind_for(*, type: str, severity: int) -> StaffTaskKind:
    """What somebody responsible for such a complaint goes through."""
    return StaffTaskKind.TRAINING if severity >= Severity.SERIOUS or type in GRAVE else StaffTaskKind.COACHING


def follow(found: Found, tasks: Iterable[Task]) -> Follows:
    """Pure. Whoever did a training already is not asked to be coached for the same complaint."""
    kind = kind_for(type=found.type, severity=found.severity)
    wanted = {user for user in found.responsible if user not in found.gone} if found.is_true else set()
    present = list(tasks)
    settled = {task.user for task in present if task.is_done or task.kind == kind}
    return Follows(
        opened=tuple((user, str(kind)) for user in sorted(wanted - settled)),
        cancelled=tuple(
            task.pk for task in present if not task.is_done and not (task.user in wanted and task.kind == kind)
        ),
    )


def gather(complaint: Complaint) -> tuple[Found, list[StaffTask], dict[int, User]]:
    """Three queries at most."""
    people = {
        one.user_id: one.user
        for one in complaint.subjects.filter(responsible=True, user__isnull=False).select_related("user")
        if one.user is not None and one.user_id is not None
    }
    found = Found(
        is_true=complaint.outcome in FOUND_TRUE,
        type=complaint.type,
        severity=complaint.severity,
        responsible=tuple(people),
        gone=frozenset(pk for pk, user in people.items() if not user.is_active),
    )
    return found, list(complaint.staff_tasks.filter(cancelled_at__isnull=True).select_for_update()), people


def apply(complaint: Complaint, *, actor: User, now: datetime) -> Follows:
    """In the transaction of the decision."""
    found, tasks, people = gather(complaint)
    result = follow(found, [Task(one.pk, one.user_id, one.kind, one.done_at is not None) for one in tasks])
    by_id = {one.pk: one for one in tasks}
    for pk in result.cancelled:
        reason = _("投诉 %(number)s 另有决定") % {"number": complaint.number}
        cancel_staff_task(task=by_id[pk], reason=reason, actor=actor, now=now)
    due = due_on(clock.business_date(now))
    what = _("投诉 %(number)s（%(type)s）%(outcome)s") % {
        "number": complaint.number,
        "type": complaint.get_type_display(),
        "outcome": complaint.get_outcome_display(),
    }
    for user, kind in result.opened:
        open_staff_task(user=people[user], kind=kind, what=what, due_on=due, actor=actor, now=now, complaint=complaint)
    return result


def due_on(today: date) -> date:
    return today + timedelta(days=TRAINING_DAYS.on(today))


def announced(complaint: Complaint, people: Sequence[User], today: date) -> str:
    """What will follow for those who are found responsible, told before the decision. Empty where nobody is named."""
    if not people:
        return ""
    kind = kind_for(type=complaint.type, severity=complaint.severity)
    return _("属实或部分属实时，勾选的人员将在 %(due)s 前完成%(what)s，本人会收到通知。") % {
        "due": due_on(today).isoformat(),
        "what": kind.label,
    }
