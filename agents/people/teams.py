"""Teams: opened, renamed, led, closed; who is in which, from when to when.

The team's code is the `unit` of its people and of their desks, by which rows are scoped: whoever is placed in a team is seen
by its leader from that moment on, and no more by the one before.
"""

import re
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from agents.models import Membership, Team
from agents.people.staff import is_collector
from cases.models import Desk, DeskKind
from collection_ops.core import clock
from collection_ops.core.access import Role
from collection_ops.core.models import User
from collection_ops.core.services import audit

CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")


class TeamRefused(Exception):
    """What was asked of a team cannot be; the sentence says why, `field` of which entry (or nothing)."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


def open_team(*, code: str, name: str, leader: User | None, actor: User | None, now: datetime) -> Team:
    """A new team. Raises TeamRefused: a code that is none or is taken, no name, a leader who cannot be one."""
    code, name = code.strip().lower(), name.strip()[:64]
    if not CODE.fullmatch(code):
        raise TeamRefused(_("代码只能用小写字母、数字和连字符，例如 team-c"), "code")
    if not name:
        raise TeamRefused(_("请填写小组名称"), "name")
    try:
        with transaction.atomic():
            team = Team.objects.create(code=code, name=name)
            audit.record(action="team.opened", actor=actor, obj=team, data={"code": code, "name": name})
    except IntegrityError as taken:
        raise TeamRefused(_("这个代码已有小组使用"), "code") from taken
    if leader is not None:
        return set_leader(team=team, leader=leader, actor=actor, now=now)
    return team


def rename_team(*, team: Team, name: str, actor: User, now: datetime) -> Team:
    """Another name; the code stays, people and desks go by it. Raises TeamRefused."""
    name = name.strip()[:64]
    if not name:
        raise TeamRefused(_("请填写小组名称"), "name")
    with transaction.atomic():
        locked = _locked(team)
        if locked.name != name:
            before, locked.name = locked.name, name
            locked.save(update_fields=["name"])
            audit.record(action="team.renamed", actor=actor, obj=locked, data={"before": before, "after": name})
    return locked


def set_leader(*, team: Team, leader: User | None, actor: User | None, now: datetime) -> Team:
    """Who leads the team from now on, and therefore sees it; the one before does not any more. Raises TeamRefused: not a
    team leader by role, one of another team, a closed team."""
    with transaction.atomic():
        locked = _locked(team)
        people = _locked_people(locked.leader_id, leader.pk if leader else None)
        if leader is not None:
            leader = people[leader.pk]
            _refuse_as_leader(locked, leader)
        before = people.get(locked.leader_id or 0)
        goes = before is not None and before != leader and before.unit == locked.code
        if before is not None and goes and not _is_in(before, locked):
            _set_unit(before, "")
        if leader is not None and leader.unit != locked.code:
            _set_unit(leader, locked.code)
        if locked.leader_id != (leader.pk if leader else None):
            locked.leader = leader
            locked.save(update_fields=["leader"])
            data = {"before": before.pk if before else None, "after": leader.pk if leader else None}
            audit.record(action="team.leader_set", actor=actor, obj=locked, data=data)
    return locked


def _is_in(person: User, team: Team) -> bool:
    return Membership.objects.filter(user=person, team=team, until=None).exists()


def _refuse_as_leader(team: Team, leader: User) -> None:
    if not team.is_active:
        raise TeamRefused(_("小组已停用，请先启用"))
    if Role.TEAM_LEADER not in leader.roles:
        raise TeamRefused(_("%(who)s 没有组长角色，请先由系统管理员授予") % {"who": leader}, "leader")
    other = Team.objects.filter(leader=leader, is_active=True).exclude(pk=team.pk).first()
    if other is not None:
        said = {"who": leader, "team": other.name}
        raise TeamRefused(_("%(who)s 已是“%(team)s”的组长，请先为那个小组换组长") % said, "leader")
    elsewhere = Membership.objects.filter(user=leader, until=None).exclude(team=team).select_related("team").first()
    if elsewhere is not None:
        said = {"who": leader, "team": elsewhere.team.name}
        raise TeamRefused(_("%(who)s 还是“%(team)s”的成员，请先调入本组") % said, "leader")


def close_team(*, team: Team, actor: User, now: datetime) -> Team:
    """No longer in use. Raises TeamRefused while somebody is in it: they would be seen by nobody."""
    with transaction.atomic():
        locked = _locked(team)
        inside = Membership.objects.filter(team=locked, until=None).count()
        if inside:
            raise TeamRefused(_("小组里还有 %(count)s 人，请先调到其他小组") % {"count": inside})
        if locked.is_active:
            set_leader(team=locked, leader=None, actor=actor, now=now)
            locked = _locked(team)
            locked.is_active = False
            locked.save(update_fields=["is_active"])
            audit.record(action="team.closed", actor=actor, obj=locked)
    return locked


def reopen_team(*, team: Team, actor: User, now: datetime) -> Team:
    with transaction.atomic():
        locked = _locked(team)
        if not locked.is_active:
            locked.is_active = True
            locked.save(update_fields=["is_active"])
            audit.record(action="team.reopened", actor=actor, obj=locked)
    return locked


def place_in_team(
    *, user: User, team: Team, since: date, actor: User | None, now: datetime, based_on: int | None = None
) -> Membership:
    """`user` is in `team` from `since` on: the membership before ends, unit and desk follow, a desk that is missing is made.
    `based_on`: the membership that was looked at (0: none; None: whichever it is).

    Raises TeamRefused: a closed team, somebody who is no collector, a day to come or before the membership that it would
    replace, the team they are in already, or somebody else was quicker and placed them elsewhere."""
    if since > clock.business_date(now):
        raise TeamRefused(_("开始日期不能晚于今天"), "since")
    try:
        with transaction.atomic():
            locked = _locked(team)
            if not locked.is_active:
                raise TeamRefused(_("小组已停用，请先启用"), "team")
            person = _locked_people(user.pk)[user.pk]
            if not is_collector(person):
                raise TeamRefused(_("%(who)s 没有催收员角色") % {"who": person}, "team")
            before = _leave_the_one_before(person, locked, since, based_on)
            member = Membership.objects.create(user=person, team=locked, since=since)
            _set_unit(person, locked.code)
            _desk_in(person, locked)
            data = {
                "user": person.pk,
                "team": locked.code,
                "since": since.isoformat(),
                "before": before.team.code if before else None,
            }
            audit.record(action="team.placed", actor=actor, obj=person, data=data)
    except IntegrityError as overlaps:
        raise TeamRefused(_("这段时间已有小组记录，请改开始日期"), "since") from overlaps
    user.unit = person.unit
    return member


def _leave_the_one_before(person: User, team: Team, since: date, based_on: int | None) -> Membership | None:
    leads = Team.objects.filter(leader=person, is_active=True).exclude(pk=team.pk).first()
    if leads is not None:
        raise TeamRefused(_("%(who)s 是“%(team)s”的组长，请先换组长") % {"who": person, "team": leads.name}, "team")
    before = Membership.objects.filter(user=person, until=None).select_related("team").first()
    said = {"who": person, "team": before.team.name, "day": before.since.isoformat()} if before else {"who": person}
    if based_on is not None and based_on != (before.pk if before else 0):
        told = _("%(who)s 刚被他人调入“%(team)s”，请刷新后再决定") if before else _("%(who)s 的小组刚被他人修改")
        raise TeamRefused(told % said)
    if before is None:
        return None
    if before.team_id == team.pk:
        raise TeamRefused(_("%(who)s 自 %(day)s 起已在“%(team)s”") % said, "team")
    if since < before.since:
        raise TeamRefused(_("%(who)s 自 %(day)s 起在“%(team)s”，开始日期不能更早") % said, "since")
    before.until = since
    before.save(update_fields=["until"])
    return before


def _desk_in(person: User, team: Team) -> None:
    desk, made = Desk.objects.get_or_create(
        owner=person,
        defaults={
            "code": f"desk-{person.pk}",
            "name": person.display_name,
            "kind": DeskKind.COLLECTOR,
            "unit": team.code,
        },
    )
    if not made and desk.unit != team.code:
        Desk.objects.filter(pk=desk.pk).update(unit=team.code)


def _set_unit(person: User, unit: str) -> None:
    person.unit = unit
    person.save(update_fields=["unit"])


def _locked(team: Team) -> Team:
    return Team.objects.select_for_update(no_key=True).get(pk=team.pk)


def _locked_people(*ids: int | None) -> dict[int, User]:
    """In the order of their ids, so that two who lock the same do not wait for each other in a ring."""
    wanted = sorted({pk for pk in ids if pk is not None})
    return {user.pk: user for user in User.objects.select_for_update(no_key=True).filter(pk__in=wanted).order_by("pk")}
