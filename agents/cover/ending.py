"""The loan is over: what still lies with the helper goes back, the rest is said."""

import datetime as dt
from collections.abc import Mapping, Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from agents.cover.refusals import CoverRefused
from agents.cover.telling import tell
from agents.models import CaseFate, Cover, CoverCase, CoverState
from cases.models import Case, Custody, Desk
from cases.services.custody import move_cases
from cases.services.desks import pool_desk
from collection_ops.core import clock
from collection_ops.core.models import User
from collection_ops.core.services import audit
from compliance.selectors_staff import who_may_contact


def locked_cover(cover_id: int, *states: str) -> Cover:
    """The cover, locked, in one of `states`. Raises CoverRefused: it is not any more. In a transaction."""
    cover = Cover.objects.select_for_update(of=("self",)).select_related("owner", "helper", "leave").get(pk=cover_id)
    if cover.state not in states:
        raise CoverRefused(
            _("这项代管已是“%(state)s”，请刷新后再看") % {"state": cover.get_state_display()}, code="state"
        )
    return cover


def end_cover(*, cover_id: int, actor: User | None, now: dt.datetime, reason: str = "") -> Cover:
    """Hand back now. Before the last day is over, the day of the end is the last one, and it takes a reason. Raises
    CoverRefused: it is not running, or no reason."""
    today = clock.business_date(now)
    with transaction.atomic():
        cover = locked_cover(cover_id, CoverState.RUNNING)
        is_early = cover.last_day >= today
        if is_early and not reason.strip():
            raise CoverRefused(_("提前收回须写明原因"), "reason")
        counts = return_cases(cover, owner_works=_works(cover.owner, today), actor=actor, now=now)
        close_cover(cover, min(cover.last_day, today), reason, actor=actor, now=now)
        figures: dict[str, object] = {fate: counts.get(fate, 0) for fate in CaseFate.values}
        audit.record(action="cover.ended", actor=actor, obj=cover, data={**figures, "early": is_early}, reason=reason)
        kept = sum(counts.values()) - counts.get(CaseFate.RETURNED, 0)
        tell(cover, "cover.ended", actor=actor, params={"returned": counts.get(CaseFate.RETURNED, 0), "left": kept})
    return cover


def close_cover(cover: Cover, last_day: dt.date, reason: str, *, actor: User | None, now: dt.datetime) -> None:
    cover.state, cover.ended_at, cover.ended_by = CoverState.ENDED, now, actor
    cover.last_day, cover.end_reason = last_day, reason.strip()[:200]
    cover.save(update_fields=["state", "ended_at", "ended_by", "last_day", "end_reason"])


def _works(owner: User, today: dt.date) -> bool:
    """Whether the owner can take the cases back: is there, has a desk, and may contact people."""
    desk = Desk.objects.filter(owner=owner, is_active=True).first()
    left_on = getattr(getattr(owner, "collector", None), "left_on", None)
    has_left = left_on is not None and left_on <= today
    return owner.is_active and desk is not None and not has_left and who_may_contact([owner.pk], today)[owner.pk]


def fates(lent: Sequence[int], cases: Mapping[int, Case], helper_desk: int, *, owner_works: bool) -> dict[int, str]:
    """Case id → what becomes of it. Pure."""
    found: dict[int, str] = {}
    for case_id in lent:
        case = cases[case_id]
        if not case.is_open:
            found[case_id] = CaseFate.CLOSED
        elif case.desk_id != helper_desk:
            found[case_id] = CaseFate.MOVED
        else:
            found[case_id] = CaseFate.RETURNED if owner_works else CaseFate.POOLED
    return found


def return_cases(cover: Cover, *, owner_works: bool, actor: User | None, now: dt.datetime) -> dict[str, int]:
    """Move what is still with the helper, and write down what became of each. Returns how many of each fate."""
    lent, decided = settle(cover, owner_works=owner_works)
    for fate, reason in ((CaseFate.RETURNED, "cover_end"), (CaseFate.POOLED, "pool")):
        going = [case_id for case_id, found in decided.items() if found == fate]
        if going:
            desk = pool_desk() if fate == CaseFate.POOLED else Desk.objects.get(owner=cover.owner)
            move_cases(cases=going, desk=desk, reason=reason, actor=actor, now=now)
    return write_fates(cover, lent, decided, now=now)


def settle(cover: Cover, *, owner_works: bool = True) -> tuple[list[CoverCase], dict[int, str]]:
    """What is still lent, and what becomes of each; the cases are locked in the order of ids."""
    lent = list(CoverCase.objects.filter(cover=cover, until__isnull=True).order_by("case_id"))
    ids = [row.case_id for row in lent]
    cases = {c.pk: c for c in Case.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk")}
    desk = Desk.objects.get(owner=cover.helper)
    return lent, fates(ids, cases, desk.pk, owner_works=owner_works)


def write_fates(
    cover: Cover, lent: Sequence[CoverCase], decided: Mapping[int, str], *, now: dt.datetime
) -> dict[str, int]:
    """`until` of what left the helper's desk by itself is the moment at which it did."""
    gone = [case_id for case_id, fate in decided.items() if fate in (CaseFate.CLOSED, CaseFate.MOVED)]
    left_at: dict[int, dt.datetime] = {}
    custodies = Custody.objects.filter(case__in=gone, desk__owner=cover.helper, ended_at__isnull=False)
    for case_id, started_at, ended_at in custodies.order_by("-ended_at").values_list(
        "case_id", "started_at", "ended_at"
    ):
        if ended_at and cover.started_at and started_at >= cover.started_at:
            left_at[case_id] = ended_at
    counts: dict[str, int] = {}
    for row in lent:
        row.fate = decided[row.case_id]
        row.until = max(min(left_at.get(row.case_id, now), now), row.since)
        counts[row.fate] = counts.get(row.fate, 0) + 1
    CoverCase.objects.bulk_update(lent, ["fate", "until"], batch_size=1_000)
    return counts
