"""What the list and a person's page show: the file, what is on file, and what lies on the desk."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Count, Q, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from agents.models import Collector, Leave, Team
from agents.people.attendance import leave_between
from agents.people.expiry import WARN_BEFORE
from agents.people.levels import Level, level_of
from cases.models import Case
from collection_ops.core.access import Role
from collection_ops.core.models import RoleGrant, User
from compliance.selectors_staff import OnFile, on_file

STATES = {"valid": _("有效"), "expiring": _("即将到期"), "expired": _("过期"), "none": _("无")}
TONES = {"valid": "success", "expiring": "warning", "expired": "danger", "none": "danger"}


@dataclass(frozen=True)
class Held:
    """Open cases on a desk and their overdue total (yuan)."""

    count: int = 0
    amount: Decimal = Decimal("0.00")


@dataclass(frozen=True)
class Line:
    """One person as of a day. `file` None: somebody without one, who gets no cases."""

    person: User
    file: Collector | None
    team: Team | None
    on_file: OnFile
    level: Level
    held: Held
    leave: Leave | None
    state: str
    is_collector: bool

    @property
    def state_label(self) -> str:
        return str(STATES[self.state])

    @property
    def tone(self) -> str:
        return TONES[self.state]

    @property
    def load(self) -> int | None:
        """Per cent of the soft limit by count."""
        if self.file is None or not self.file.soft_count:
            return None
        return round(100 * self.held.count / self.file.soft_count)


def certificate_state(filed: OnFile, day: date) -> str:
    """valid, expiring (within WARN_BEFORE), expired, or none."""
    if filed.trained_on is None:
        return "none"
    if not filed.is_trained:
        return "expired"
    return "expiring" if filed.valid_until and filed.valid_until <= day + WARN_BEFORE else "valid"


def lines(people: Iterable[User], day: date) -> list[Line]:
    """With what is known of each: six queries for any number."""
    people = list(people)
    ids = [person.pk for person in people]
    filed = on_file(ids, day)
    teams = {
        team.code: team for team in Team.objects.filter(code__in={person.unit for person in people if person.unit})
    }
    held = held_by(ids)
    collectors = set(RoleGrant.objects.filter(user__in=ids, role=Role.COLLECTOR).values_list("user_id", flat=True))
    away = {leave.user_id: leave for leave in leave_between(ids, day, day)}
    found = []
    for person in people:
        file = file_of(person)
        found.append(
            Line(
                person,
                file,
                teams.get(person.unit),
                filed[person.pk],
                level_of(file, filed[person.pk], day),
                held.get(person.pk, Held()),
                away.get(person.pk),
                certificate_state(filed[person.pk], day),
                person.pk in collectors,
            )
        )
    return found


def file_of(person: User) -> Collector | None:
    """Without a query where it was selected with the person."""
    try:
        return person.collector
    except ObjectDoesNotExist:
        return None


def held_by(ids: list[int]) -> dict[int, Held]:
    """By person what lies on their desk now. One query."""
    cases = Case.objects.present().filter(desk__owner__in=ids).values_list("desk__owner")
    summed = cases.annotate(count=Count("pk"), amount=Sum("total")).order_by()
    return {owner: Held(count, amount or Decimal("0.00")) for owner, count, amount in summed}


def searched(staff: QuerySet[User], *, text: str, team: str) -> QuerySet[User]:
    found = staff.select_related("collector__shift")
    if text:
        found = found.filter(
            Q(display_name__icontains=text) | Q(username__icontains=text) | Q(collector__staff_no__iexact=text)
        )
    if team:
        found = found.filter(unit=team)
    return found.order_by("unit", "display_name", "pk")


def of_state(staff: QuerySet[User], *, certificate: str, level: str, day: date) -> QuerySet[User]:
    """Those whose certificate, papers and level are as asked: computed, so asked of everybody in scope at once."""
    if not certificate and not level:
        return staff
    people = list(staff)
    filed = on_file([person.pk for person in people], day)
    wanted = []
    for person in people:
        one = filed[person.pk]
        if certificate == "papers" and not one.missing:
            continue
        if certificate not in ("", "papers") and certificate_state(one, day) != certificate:
            continue
        if level and str(level_of(file_of(person), one, day).level) != level:
            continue
        wanted.append(person.pk)
    return staff.filter(pk__in=wanted)


def expiring(staff: QuerySet[User], day: date) -> dict[str, int]:
    """How many people have a certificate in which state, and how many lack papers. Two queries."""
    filed = on_file(list(staff.values_list("pk", flat=True)), day)
    found: dict[str, Any] = dict.fromkeys([*STATES, "papers"], 0)
    for one in filed.values():
        found[certificate_state(one, day)] += 1
        found["papers"] += bool(one.missing)
    return found
