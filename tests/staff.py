"""People who may contact debtors: trained every year, with their papers on file; and the teams they work in."""

import datetime as dt

from django.utils import timezone

from agents.models import Collector, Membership, Team
from collection_ops.core.models import User
from compliance.models import PaperKind, StaffPaper, TrainingCertificate
from tests.cases.builders import desk_of

FIRST_DAY = dt.date(2024, 1, 1)


def qualify(user: User, *, level: int = 5) -> User:
    """Certificates of every January from 2024 to 2030, so that a test may lie on whatever day; and all papers."""
    now = timezone.now()
    TrainingCertificate.objects.bulk_create(
        TrainingCertificate(user=user, course="上岗培训", level=level, passed_on=dt.date(year, 1, 1), recorded_at=now)
        for year in range(2024, 2031)
    )
    StaffPaper.objects.bulk_create(
        StaffPaper(user=user, kind=kind, received_on=FIRST_DAY, recorded_at=now) for kind in PaperKind.values
    )
    return user


def make_team(code: str = "team-a", name: str = "", *, leader: User | None = None) -> Team:
    """The same code gives the same team."""
    return Team.objects.get_or_create(code=code, defaults={"name": name or code, "leader": leader})[0]


def place(user: User, team: Team | None = None, *, joined_on: dt.date = FIRST_DAY, **columns: object) -> Collector:
    """A collector with a desk, a file and a team (that of the unit). `columns`: of the file (stages, level_set…)."""
    if columns.get("level_set") is not None:
        columns.setdefault("level_reason", "核定")
    team = team or make_team(user.unit or "team-a")
    if user.unit != team.code:
        user.unit = team.code
        user.save(update_fields=["unit"])
    desk_of(user)
    Membership.objects.get_or_create(user=user, team=team, until=None, defaults={"since": joined_on})
    return Collector.objects.get_or_create(user=user, defaults={"joined_on": joined_on, **columns})[0]
