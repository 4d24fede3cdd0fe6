"""The first day has come: the cases go to the helpers' desks."""

import datetime as dt
from uuid import UUID

from django.db import transaction

from agents.cover.deal import Deal, deal
from agents.cover.gather import Candidate, candidates, lendable, pieces
from agents.cover.telling import tell, tell_leaders
from agents.models import Cover, CoverCase, CoverState
from cases.models import Case, Desk
from cases.services.custody import CustodyRefused, move_cases
from collection_ops.core import clock
from collection_ops.core.models import User
from collection_ops.core.services import audit


def start_covers(*, arrangement: UUID, actor: User | None, now: dt.datetime) -> str:
    """Begin the planned covers of an arrangement whose day has come, all or none; again changes nothing. Returns the code of
    the trouble that kept them (refusals.TROUBLES), else "". The leader is told of trouble once a day."""
    today = clock.business_date(now)
    with transaction.atomic():
        waiting = Cover.objects.select_for_update(of=("self",)).filter(
            arrangement=arrangement, state=CoverState.PLANNED, first_day__lte=today, last_day__gte=today
        )
        covers = list(waiting.select_related("owner", "helper").order_by("pk"))
        if not covers:
            return ""
        people = [covers[0].owner_id, *(cover.helper_id for cover in covers)]
        list(Desk.objects.select_for_update().filter(owner__in=people).order_by("pk"))
        try:
            # A savepoint: if a case cannot move, none has.
            with transaction.atomic():
                trouble = _start(covers, actor, now, today)
        except CustodyRefused:
            trouble = "custody"
        if trouble:
            _keep_trouble(covers, trouble, today)
        return trouble


def _start(covers: list[Cover], actor: User | None, now: dt.datetime, today: dt.date) -> str:
    first = covers[0]
    helpers = _helpers(covers, today)
    trouble = next((one.trouble for one in helpers.values() if one.trouble), "")
    if trouble or len(helpers) < len(covers):
        return trouble or "desk"
    wanted = lendable(first.owner, scope=first.scope, stages=first.stages, last_day=first.last_day)
    # Locked in the order of ids, as every move does; what somebody moved away meanwhile is not there any more.
    locked = list(
        Case.objects.select_for_update(of=("self",))
        .filter(pk__in=list(wanted.values_list("pk", flat=True)), desk__owner=first.owner, closed_on__isnull=True)
        .order_by("pk")
    )
    to_lend = pieces(Case.objects.filter(pk__in=[case.pk for case in locked]), day=today)
    dealt = deal(to_lend, [one.room for one in helpers.values()])
    if dealt.left:
        return "capacity"
    lend(covers, dealt, {case.pk: case for case in locked}, actor=actor, now=now)
    return ""


def _helpers(covers: list[Cover], today: dt.date) -> dict[int, Candidate]:
    people = User.objects.filter(pk__in=[cover.helper_id for cover in covers])
    return {one.user.pk: one for one in candidates(people, first_day=today, last_day=today)}


def lend(covers: list[Cover], dealt: Deal, cases: dict[int, Case], *, actor: User | None, now: dt.datetime) -> None:
    """Move what was dealt and keep what was lent. `cases` are locked. In the caller's transaction."""
    desks = {desk.owner_id: desk for desk in Desk.objects.filter(owner__in=dealt.to)}
    for cover in covers:
        mine = dealt.to[cover.helper_id]
        move_cases(cases=mine, desk=desks[cover.helper_id], reason="cover", actor=actor, now=now)
        CoverCase.objects.bulk_create(
            [CoverCase(cover=cover, case_id=pk, since=now, total=cases[pk].total) for pk in mine], batch_size=1_000
        )
        cover.state, cover.started_at, cover.trouble = CoverState.RUNNING, now, ""
        cover.save(update_fields=["state", "started_at", "trouble"])
        audit.record(action="cover.started", actor=actor, obj=cover, data={"cases": len(mine)})
        tell(cover, "cover.started", actor=actor, params={"count": len(mine)})


def _keep_trouble(covers: list[Cover], trouble: str, today: dt.date) -> None:
    untold = [cover for cover in covers if cover.told_on != today]
    Cover.objects.filter(pk__in=[cover.pk for cover in covers]).update(trouble=trouble, told_on=today)
    for cover in untold:
        audit.record(action="cover.not_started", actor=None, obj=cover, data={"trouble": trouble}, outcome="refused")
        tell_leaders(cover, f"cover.not_started_{trouble}", level="danger")
