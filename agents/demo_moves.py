"""The demo's moves by hand: help that was asked for and given, cases that lie idle, and some returned to the pool."""

from datetime import date, time, timedelta
from random import Random

from agents.models import AssistRequest, IdleCase, IdleState
from agents.moves.assist import AssistRefused, ask, decide
from agents.moves.move import MoveRefused, move_chosen
from agents.moves.rotation import IDLE_DAYS, exempt, rotate_idle
from cases.demo.play import Staff, staff_day
from cases.models import Case
from cases.services.desks import pool_desk
from collection_ops.core.access import Role
from collection_ops.core.dated_settings import set_value
from collection_ops.core.models import User
from compliance.demo_parts import at, chosen

IDLE, STILL_LISTED, FIRST_MONTH = 30, 6, timedelta(days=30)
RETURNED, NEEDS = 3, ("客户只会说哈萨克语，请会说的同事联系一次", "客户住在喀什，请熟悉当地的同事帮忙")
ASKED, ACCEPTED, RETURNS, ROTATES = 1, 4, 6, 1


@staff_day
def move_by_hand(*, day: date, days_left: int, staff: Staff, random: Random) -> None:
    """A supervisor returns what does not fit; two ask for help, one gets it; at the end rotation is switched on."""
    if days_left == RETURNS:
        _return_some(day, staff, random)
    if days_left in (ASKED, ACCEPTED) and len(staff.collectors) > 1:
        _ask(day, staff, random, is_accepted=days_left == ACCEPTED)
    if days_left == ROTATES:
        _start_rotation(day, staff)


def _start_rotation(day: date, staff: Staff) -> None:
    """What has lain for long already stays for a first month, but for a few: else the desks would be empty tomorrow."""
    morning = at(day, time(9, 5))
    set_value(IDLE_DAYS, IDLE, effective_from=day, reason="试行闲置轮换", actor=staff.supervisor, now=morning)
    rotate_idle(day=day, now=morning)
    listed = IdleCase.objects.filter(state=IdleState.LISTED).order_by("-idle_since", "case_id")
    lines = list(listed.values_list("pk", flat=True))[STILL_LISTED:]
    if lines:
        exempt(
            lines=lines, until=day + FIRST_MONTH, reason="首次启用，存量案件保留一个月", actor=staff.supervisor,
            now=at(day, time(9, 40)),
        )  # fmt: skip


def _return_some(day: date, staff: Staff, random: Random) -> None:
    cases = chosen(Case.objects.present().filter(desk__owner=staff.collectors[0]), random, RETURNED)
    try:
        move_chosen(
            expected={case.pk: case.desk_id or 0 for case in cases},
            desk=pool_desk(),
            reason="额度调整，退回重新分案",
            actor=staff.supervisor,
            now=at(day, time(16, 20)),
        )
    except MoveRefused:
        return


def _ask(day: date, staff: Staff, random: Random, *, is_accepted: bool) -> None:
    """Where the colleague has no certificate yet nobody is asked."""
    asker, helper = staff.collectors[0], staff.collectors[1]
    cases = Case.objects.present().filter(desk__owner=asker).exclude(pk__in=AssistRequest.objects.values("case"))
    for case in chosen(cases, random, 1):
        try:
            request = ask(
                case=case, helper=helper, team=None, needs=NEEDS[is_accepted], until=day + timedelta(days=10),
                actor=asker, now=at(day, time(10, 30)),
            )  # fmt: skip
            leader = User.objects.filter(role_grants__role=Role.TEAM_LEADER, unit=helper.unit).first()
            if is_accepted and leader is not None:
                decide(
                    request=request, accept=True, helper=None, note="本周内完成", actor=leader, now=at(day, time(11, 0))
                )
        except AssistRefused:
            return
