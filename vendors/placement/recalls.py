"""Recall: what is due is put on a list per agency; the agency may ask to keep a case; then the list is made final and the
rest comes back to the pool.

    propose(day=day, actor=None, now=now)                                     # nightly, or by hand
    ask_keep(item=item, words="已约定下周还款，附录音编号 …", actor=manager, now=now)
    decide_keep(item=item, granted=True, until=day, words="同意", actor=manager, now=now)
    finish(recall=recall, actor=manager, now=now)
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _

from cases.models import Desk, DeskKind
from cases.services.custody import CustodyRefused, move_cases
from collection_ops.core import clock
from collection_ops.core.access import has, users_with
from collection_ops.core.models import User
from collection_ops.core.services import audit
from collection_ops.core.services.notifications import notify
from vendors.models import (
    Agency,
    ItemState,
    RecallBatch,
    RecallItem,
    RecallState,
    RecallStep,
)
from vendors.placement import recall_sets
from vendors.placement.due import RECALL_DAYS, Placed, placed_now, standing_of, why_back
from vendors.placement.gather import cases_among
from vendors.placement.numbers import next_number
from vendors.placement.reasons import KEEPABLE, recall_reason
from vendors.placement.rule import PlacementRefused

MAKE = "placements.make"
PREFIX = "TA"
CUSTODY = "recalled"
"""Reason of the custody (cases/custody_texts.py)."""
LONGEST_KEEP = 180


def propose(*, day: date, actor: User | None, now: datetime) -> int:
    """Put every placement that is due on the waiting list of its agency; returns how many were added. First what ended by
    itself is written down (`settle`). Safe to repeat: what waits is not added twice."""
    if actor is not None:
        _require(actor)
    with transaction.atomic():
        # One proposal at a time: a second one waits here and then finds everything on its list.
        agencies = list(
            Agency.objects.select_for_update(of=("self",), no_key=True).select_related("desk").order_by("pk")
        )
        settle(now=now)
        placed = placed_now()
        standing = standing_of(
            {one.pk: one.desk.code for one in agencies},
            {one.pk: one.state for one in agencies},
            {one.debtor_id for one in placed},
        )
        days = RECALL_DAYS.on(day)
        due: dict[int, list[tuple[Placed, str]]] = defaultdict(list)
        for one in placed:
            if reason := why_back(one, standing, day=day, days=days):
                due[one.agency_id].append((one, reason))
        waiting = {
            one.agency_id: one
            for one in RecallBatch.objects.select_for_update(of=("self",)).filter(state=RecallState.PENDING)
        }
        for agency, items in sorted(due.items()):
            # A list an agency, of which there are a handful.
            recall = waiting.get(agency) or RecallBatch.objects.create(
                number=next_number(RecallBatch, PREFIX, clock.business_date(now)),
                agency_id=agency,
                made_by=actor,
                made_at=now,
            )
            _add(recall, items, actor, now)
    return sum(map(len, due.values()))


def _add(recall: RecallBatch, items: Sequence[tuple[Placed, str]], actor: User | None, now: datetime) -> None:
    recall_sets.add_items(recall=recall, due=[(one.id, reason) for one, reason in items], actor=actor, now=now)
    counts = dict(Counter(reason for _one, reason in items))
    data = {"number": recall.number, "count": len(items), "reasons": counts}
    audit.record(action="recall.proposed", actor=actor, obj=recall, data=data)
    url = reverse("vendors:recall", args=[recall.pk])
    people = users_with(MAKE)
    params = {"number": recall.number, "count": len(items)}
    notify(users=people, kind="recall.proposed", params=params, url=url, level="warning")


def settle(*, now: datetime) -> int:
    """End placements whose case was closed, or was moved off the agency's desk by hand; what waited of them lapses. Returns
    how many. Their money and custody ended with the case: only the placement is written down."""
    with transaction.atomic():
        figures = recall_sets.end_what_is_over(today=clock.business_date(now), now=now)
        if figures:
            audit.record(action="recall.settled", actor=None, data=figures)
    return sum(figures.values())


def ask_keep(*, item: RecallItem, words: str, actor: User, now: datetime) -> RecallItem:
    """The agency asks to keep the case (留案), with what speaks for it. Raises PlacementRefused: not waiting, a reason for
    which it must come back, or no evidence."""
    _require(actor)
    _check_words(words, _("请写明留案的依据，如承诺、录音编号或还款凭证"))
    with transaction.atomic():
        held = _hold_item(item, ItemState.PENDING)
        if held.reason not in KEEPABLE:
            raise PlacementRefused(
                _("原因为“%(reason)s”的案件必须退回，不能留案") % {"reason": recall_reason(held.reason)}
            )
        _to(held, ItemState.KEEP_ASKED, words=words, actor=actor, now=now)
        audit.record(action="recall.keep_asked", actor=actor, obj=held, data={"recall": held.recall_id}, reason=words)
    return held


def decide_keep(
    *, item: RecallItem, granted: bool, until: date | None, words: str, actor: User, now: datetime
) -> RecallItem:
    """Grant through a day, or not: then it waits to come back. Raises PlacementRefused: not asked, no words, or a day out of
    bounds."""
    _require(actor)
    _check_words(words, _("请写明决定的理由"))
    today = clock.business_date(now)
    with transaction.atomic():
        held = _hold_item(item, ItemState.KEEP_ASKED)
        if granted:
            if until is None or not today < until <= today + timedelta(days=LONGEST_KEEP):
                raise PlacementRefused(_("留案日期须在明天与 %(most)s 天之内") % {"most": LONGEST_KEEP}, "until")
            held.keep_until = until
            _to(held, ItemState.KEPT, words=words, actor=actor, now=now)
        else:
            _to(held, ItemState.PENDING, words=words, actor=actor, now=now)
        data = {"recall": held.recall_id, "granted": granted, "until": until.isoformat() if granted and until else None}
        audit.record(action="recall.keep_decided", actor=actor, obj=held, data=data, reason=words)
    return held


def finish(*, recall: RecallBatch, actor: User, now: datetime) -> RecallBatch:
    """Take back what waits: custody to the pool, the placements end today. Raises PlacementRefused: final already, a request
    to keep that nobody decided, or cases that moved this very moment. Of two people at once one waits and is told so."""
    _require(actor)
    day = clock.business_date(now)
    with transaction.atomic():
        held = hold_pending(recall)
        settle(now=now)
        refuse_undecided(held)
        items = list(
            RecallItem.objects.select_for_update(of=("self",))
            .filter(recall=held, state=ItemState.PENDING)
            .order_by("placement__case_id")
            .values_list("placement__case_id", "reason")
        )
        back = dict(items)
        if back:
            _take_back(held, list(back), actor, day, now)
        states = RecallItem.objects.filter(recall=held).order_by().values_list("state").annotate(count=Count("pk"))
        held.state, held.finished_by, held.finished_at = RecallState.FINAL, actor, now
        held.totals = {"states": dict(states), "reasons": dict(Counter(back.values()))}
        held.save(update_fields=["state", "finished_by", "finished_at", "totals"])
        audit.record(action="recall.finished", actor=actor, obj=held, data=held.totals)
    return held


def hold_pending(recall: RecallBatch) -> RecallBatch:
    """The list, locked: nothing of it changes meanwhile. Raises PlacementRefused: final already."""
    held = RecallBatch.objects.select_for_update(of=("self",)).get(pk=recall.pk)
    if held.state != RecallState.PENDING:
        raise PlacementRefused(_("退案 %(number)s 已完成") % {"number": held.number})
    return held


def refuse_undecided(recall: RecallBatch) -> None:
    """Raises PlacementRefused: a request to keep that nobody decided."""
    if asked := RecallItem.objects.filter(recall=recall, state=ItemState.KEEP_ASKED).count():
        raise PlacementRefused(_("还有 %(count)s 件留案申请待决定") % {"count": asked})


def _take_back(recall: RecallBatch, cases: Sequence[int], actor: User, day: date, now: datetime) -> None:
    pool = Desk.objects.select_for_update(of=("self",), no_key=True).get(kind=DeskKind.POOL)
    list(cases_among(cases).select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
    try:
        move_cases(cases=cases, desk=pool, reason=CUSTODY, actor=actor, now=now)
    except CustodyRefused as refused:
        raise PlacementRefused(str(refused)) from refused
    recall_sets.take_back(recall=recall, actor=actor, day=day, now=now)


def _hold_item(item: RecallItem, state: ItemState) -> RecallItem:
    """The list first, then the item, as `finish` does."""
    recall = RecallBatch.objects.select_for_update(of=("self",)).get(pk=item.recall_id)
    held = RecallItem.objects.select_for_update(of=("self",)).get(pk=item.pk)
    if recall.state != RecallState.PENDING or held.state != state:
        raise PlacementRefused(_("这个案件的状态是“%(state)s”，请刷新页面") % {"state": held.get_state_display()})
    return held


def _to(item: RecallItem, state: ItemState, *, words: str, actor: User, now: datetime) -> None:
    item.state = state
    item.save(update_fields=["state", "keep_until"])
    RecallStep.objects.create(item=item, state=state, words=words.strip()[:400], actor=actor, at=now)


def _require(actor: User) -> None:
    if not has(actor, MAKE):
        raise PlacementRefused(_("您没有这项权限"))


def _check_words(words: str, sentence: str) -> None:
    if not words.strip():
        raise PlacementRefused(sentence, "words")


def last_words(items: Sequence[RecallItem]) -> dict[int, RecallStep]:
    """Item id → its newest step with words. One query."""
    steps = RecallStep.objects.filter(item__in=items).exclude(words="").select_related("actor").order_by("pk")
    return {step.item_id: step for step in steps}


def nightly(*, now: datetime) -> dict[str, Any]:
    """What the night's task does: figures for nobody, but a test."""
    return {"proposed": propose(day=clock.business_date(now), actor=None, now=now)}
