"""The demo's people: two teams with their leaders, files, shifts, certificates (one about to run out), papers, some leave.

Played before anything else of the first day: nobody contacts a debtor without a certificate.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from agents.models import Collector, Half, Leave, Shift, Team
from agents.people.collectors import Abilities, save_collector, save_shift
from agents.people.expiry import RECORD
from agents.people.leave import DECIDE, Away, ask_leave, decide_leave, record_leave
from agents.people.staff import CONTACT, leaders_of
from agents.people.teams import open_team, place_in_team
from cases.demo.play import Staff, staff_day
from collection_ops.core.access import Role, users_with
from collection_ops.core.models import User
from collection_ops.core.services.calendar import add_business_days
from compliance.demo_parts import at
from compliance.models import PaperKind, TrainingCertificate
from compliance.services.certificates import record_certificate, record_paper

TEAM_NAMES = {"team-a": "催收一组", "team-b": "催收二组"}
COURSE = "催收员上岗与合规培训"


@dataclass(frozen=True)
class Profile:
    """`months` ago somebody joined; the test was passed `passed` days before the last day of the story."""

    staff_no: str
    months: int
    passed: int = 120
    level: int = 5
    file: dict[str, Any] = field(default_factory=dict)


PROFILES = {
    "collector": Profile("C1001", 38, passed=95, level=4, file={"languages": ("粤语",)}),
    "collector2": Profile(
        "C1002", 17, passed=343, file={"languages": ("维吾尔语", "哈萨克语"), "stages": (1, 2, 3), "soft_count": 150}
    ),
    "collector3": Profile("C1003", 27, passed=140, file={"stages": (2, 3, 4, 5, 6, 7), "languages": ("四川话",)}),
    "collector4": Profile("C1004", 9, passed=200, level=3, file={"stages": (1, 2, 3)}),
    "collector5": Profile("C1005", 2, passed=61, level=2, file={"stages": (1,), "soft_count": 60, "hard_count": 80}),
}
NOBODY_IN_PARTICULAR = Profile("", 12)


@staff_day
def people_first(*, day: date, days_left: int, staff: Staff, random: Random) -> None:
    """On the first day everybody's file and certificate; towards the end some leave."""
    last = add_business_days(day, days_left)
    if not TrainingCertificate.objects.exists():
        qualify_everybody(day, last)
    if not Collector.objects.exists():
        fill_teams(day, last, staff)
    if days_left == 1:
        ask_for_leave(day, last, staff)


def qualify_everybody(day: date, last: date) -> None:
    """Whoever may contact debtors: a test passed, all papers in; recorded by somebody else who may."""
    morning = at(day, time(8, 0))
    recorders = list(users_with(RECORD).order_by("pk"))
    for person in users_with(CONTACT).order_by("pk"):
        profile = PROFILES.get(person.username, NOBODY_IN_PARTICULAR)
        actor = next((one for one in recorders if one != person), None)
        passed_on = min(last - timedelta(days=profile.passed), day)
        common: dict[str, Any] = {"user": person, "actor": actor, "now": morning}
        record_certificate(
            course=COURSE,
            passed_on=passed_on,
            number=f"PX{passed_on:%Y%m%d}-{person.pk}",
            level=profile.level,
            **common,
        )
        for kind in PaperKind:
            record_paper(kind=kind, received_on=passed_on, **common)


def fill_teams(day: date, last: date, staff: Staff) -> None:
    morning, actor = at(day, time(8, 10)), staff.supervisor
    early = _shift("早班", time(8, 30), time(17, 30), actor, morning)
    late = _shift("晚班", time(11, 0), time(20, 0), actor, morning)
    for number, person in enumerate(staff.collectors):
        profile = PROFILES.get(person.username, NOBODY_IN_PARTICULAR)
        joined_on = min(last - timedelta(days=profile.months * 30), day)
        team = _team(person.unit or "team-a", actor, morning)
        place_in_team(user=person, team=team, since=joined_on, actor=actor, now=morning)
        shift = late if number % 3 == 2 else early
        abilities = Abilities(joined_on, staff_no=profile.staff_no, shift_id=shift.pk, **profile.file)
        save_collector(user=person, abilities=abilities, based_on=None, actor=actor, now=morning)


def ask_for_leave(day: date, last: date, staff: Staff) -> None:
    """Half a day of somebody who felt ill, a week that is approved, and one that waits."""
    if Leave.objects.exists():
        return
    evening = at(day, time(17, 0))
    people = list(staff.collectors)
    ill, away, waiting = people[-1], people[min(1, len(people) - 1)], people[min(2, len(people) - 1)]
    half = Away("sick", day, day, Half.AFTERNOON, Half.AFTERNOON, "发烧就诊")
    record_leave(user=ill, away=half, actor=_decider(ill), now=at(day, time(13, 5)))
    first = add_business_days(last, 4)
    if away != ill:
        asked = ask_leave(
            user=away, away=Away("annual", first, first + timedelta(days=4), reason="回家探亲"), actor=away, now=evening
        )
        decide_leave(leave=asked, approve=True, note="已安排代管", actor=_decider(away), now=at(day, time(17, 20)))
    if waiting not in (ill, away):
        one = add_business_days(last, 2)
        ask_leave(user=waiting, away=Away("personal", one, one, reason="办理证件"), actor=waiting, now=evening)


def _decider(person: User) -> User:
    return leaders_of(person, DECIDE)[0]


def _team(code: str, actor: User, now: datetime) -> Team:
    found = Team.objects.filter(code=code).first()
    if found is not None:
        return found
    led = Team.objects.exclude(leader=None).values("leader")
    leaders = User.objects.filter(unit=code, is_active=True, role_grants__role=Role.TEAM_LEADER).exclude(pk__in=led)
    return open_team(code=code, name=TEAM_NAMES.get(code, code), leader=leaders.first(), actor=actor, now=now)


def _shift(name: str, starts: time, ends: time, actor: User, now: datetime) -> Shift:
    found = Shift.objects.filter(name=name).first()
    return found or save_shift(
        shift=None, name=name, starts=starts, ends=ends, weekdays=[], is_active=True, actor=actor, now=now
    )
