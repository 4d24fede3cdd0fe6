"""Raising a rectification: by a person, or by the night's rules.

raise_by_hand(agency=agency, ground="hand_security", demand="…", findings=["…"], actor=manager, now=now)
raise_due(now=now)                     # what the rules find, once, however often it is asked
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from collection_ops.core import clock
from collection_ops.core.access import has, users_with
from collection_ops.core.models import User
from collection_ops.core.services import audit
from collection_ops.core.services.calendar import add_business_days
from collection_ops.core.services.notifications import notify
from vendors.models import (
    Agency,
    AgencyState,
    Rectification,
    RectificationFinding,
    RectificationStep,
)
from vendors.placement.numbers import next_number
from vendors.rectification.gather import seen_before, waiting_now
from vendors.rectification.limits import ANSWER_DAYS
from vendors.rectification.refusals import RectificationRefused
from vendors.rectification.rules import HAND_GROUNDS, Rule, Span, all_rules, fresh

VIEW, RAISE, ANSWER = "rectifications.view", "rectifications.raise", "rectifications.answer"
JUDGE, EXTEND = "rectifications.judge", "rectifications.extend"
PREFIX = "ZG"
MOST_WORDS = 2000
MOST_FINDINGS = 20
WORKING = (AgencyState.ACTIVE, AgencyState.STOPPED)
"""Of an agency that only applies nothing can be asked yet, of one that leaves there is its exit."""


@dataclass(frozen=True)
class Finding:
    """`refs`: what it is about, by kind."""

    what: str
    count: int = 1
    refs: dict[str, list[str]] = field(default_factory=dict)


def raise_by_hand(
    *, agency: Agency, ground: str, demand: str, findings: Sequence[str], actor: User, now: datetime
) -> Rectification:
    """Raises RectificationRefused: without the authority, nothing said, an agency that is not worked with, or one that is
    open for the same matter this month."""
    if not has(actor, RAISE):
        raise RectificationRefused(_("您没有这项权限"))
    if ground not in HAND_GROUNDS:
        raise RectificationRefused(_("请选择整改事项"), "ground")
    if not demand.strip():
        raise RectificationRefused(_("请写明整改要求"), "demand")
    said = [text.strip() for text in findings if text.strip()]
    if not said:
        raise RectificationRefused(_("请至少写明一个问题"), "findings")
    if len(said) > MOST_FINDINGS:
        raise RectificationRefused(_("一次最多写 %(most)s 个问题") % {"most": MOST_FINDINGS}, "findings")
    day = clock.business_date(now)
    with transaction.atomic():
        locked = Agency.objects.select_for_update(of=("self",), no_key=True).get(pk=agency.pk)
        if locked.state not in WORKING:
            raise RectificationRefused(_("机构不在合作中，不能发起整改"), "agency")
        if waiting := _open_one(locked, ground, day.replace(day=1)):
            raise RectificationRefused(
                _("本月同一事项已有未完成的整改 %(number)s，请在其中处理") % {"number": waiting.number}, "ground"
            )
        return _raise(locked, ground, day.replace(day=1), demand, [Finding(text) for text in said], actor, now)


def raise_due(*, now: datetime) -> int:
    """What the rules find of this month and the last one, which is told of until its statement is made; how many were
    raised. Safe to repeat, and two at once raise once: what a rectification names is not counted again."""
    day = clock.business_date(now)
    this = day.replace(day=1)
    before = (this - timedelta(days=1)).replace(day=1)
    spans = [Span(before, this - timedelta(days=1), day, now), Span(this, day, day, now)]
    with transaction.atomic():
        # One night at a time: a second one waits here and then finds everything named.
        agencies = list(
            Agency.objects.select_for_update(of=("self",), no_key=True)
            .filter(state__in=WORKING)
            .select_related("desk")
            .order_by("pk")
        )
        if not agencies:
            return 0
        seen, waiting = seen_before(agencies), waiting_now(agencies)
        return sum(_raise_for(agencies, rule, span, seen, waiting, now) for span in spans for rule in all_rules())


def _raise_for(
    agencies: Sequence[Agency],
    rule: Rule,
    span: Span,
    seen: dict[tuple[int, str], set[str]],
    waiting: set[tuple[int, str, date]],
    now: datetime,
) -> int:
    least, refs_of = rule.enough_on(span.day), rule.refs(agencies, span)
    found = {one.pk: fresh(refs_of.get(one.pk, ()), seen.get((one.pk, rule.code), ()), least) for one in agencies}
    due = {pk: refs for pk, refs in found.items() if refs and (pk, rule.code, span.first) not in waiting}
    several = rule.problems(due) if rule.problems is not None and due else {}
    demand = _("请查明原因、处理相关人员、防止再次发生，并逐项答复。")
    for agency in [one for one in agencies if one.pk in due]:
        refs = due[agency.pk]
        said = str(rule.wording) % {"count": len(refs), "month": f"{span.first:%Y-%m}"}
        first, *further = several.get(agency.pk) or [said]
        findings = [Finding(first, len(refs), {rule.kind: refs}), *map(Finding, further)]
        _raise(agency, rule.code, span.first, demand, findings, None, now)
        seen.setdefault((agency.pk, rule.code), set()).update(refs)
    return len(due)


def _open_one(agency: Agency, rule: str, period: date) -> Rectification | None:
    """The one that is open for it; the constraint says the same."""
    found = Rectification.objects.filter(agency=agency, rule=rule, period=period, state__in=("open", "answered"))
    return found.first()


def _raise(
    agency: Agency,
    rule: str,
    period: date,
    demand: str,
    findings: Sequence[Finding],
    actor: User | None,
    now: datetime,
) -> Rectification:
    day = clock.business_date(now)
    try:
        with transaction.atomic():
            row = Rectification.objects.create(
                number=next_number(Rectification, PREFIX, day),
                agency=agency,
                rule=rule,
                period=period,
                demand=demand.strip()[:MOST_WORDS],
                due_on=add_business_days(day, ANSWER_DAYS.on(day)),
                raised_by=actor,
                raised_at=now,
            )
    except IntegrityError as error:
        raise RectificationRefused(_("本月同一事项已有未完成的整改，请刷新页面")) from error
    RectificationFinding.objects.bulk_create(
        RectificationFinding(
            rectification=row, number=n, ground=rule, what=one.what[:MOST_WORDS], count=one.count, refs=one.refs
        )
        for n, one in enumerate(findings, start=1)
    )
    step(row, "raised", actor=actor, now=now, words=demand, data={"due": row.due_on.isoformat()})
    data = {"number": row.number, "rule": rule, "findings": len(findings), "due": row.due_on.isoformat()}
    audit.record(action="rectification.raised", actor=actor, obj=row, data=data)
    tell(row, "rectification.raised", users_with(ANSWER), actor)
    return row


def step(
    row: Rectification,
    kind: str,
    *,
    actor: User | None,
    now: datetime,
    words: str = "",
    data: dict[str, Any] | None = None,
) -> None:
    RectificationStep.objects.create(
        rectification=row, kind=kind, at=now, actor=actor, words=words.strip()[:MOST_WORDS], data=data or {}
    )


def tell(row: Rectification, kind: str, people: Any, actor: User | None, **params: Any) -> None:
    """Everybody of `people` but who did it."""
    others = [one for one in people if actor is None or one.pk != actor.pk]
    told = {"number": row.number, "agency": row.agency.name, "due": row.due_on.isoformat(), **params}
    url = reverse("vendors:rectification", args=[row.pk])
    notify(users=others, kind=kind, params=told, url=url, level="warning")
