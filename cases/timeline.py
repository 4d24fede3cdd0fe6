"""Everything that ever happened to a case, newest first, from as many sources as apps register.

A source is a function `(case, user) -> iterable of Entry`. Apps above register theirs in `AppConfig.ready`
(`timeline.register(contact_attempts)`), so that the record shows them without this app knowing them. One case has a few
hundred entries at the most, so the sources are read in full (each bounded by `MOST_ENTRIES`) and merged in memory: that
keeps paging exact without asking every source for a cursor.
"""

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.custody_texts import custody_reason
from cases.models import Absence, Case, Custody, ImportChange, ImportRun, Position, Repayment
from cases.services.absence_rules import RULE_NAMES
from cases.stage import Stage
from cases.timeline_groups import kinds_of
from collection_ops.core.masking import mask_id, mask_name
from collection_ops.core.models import AuditEvent, User
from collection_ops.core.wording import listed, sentences

MOST_ENTRIES = 2000
PAGE_SIZE = 30


@dataclass(frozen=True)
class Entry:
    """One line of the timeline. `at` orders it; `day` is the business day it is true for, when that is another matter.
    `key` is unique among all entries of a case and stable, for paging. `tone` colours the mark: neutral, info, success,
    warning, danger. `run_id` leads to the file row it came from, `basis` is the address of what it rests on."""

    at: dt.datetime
    key: str
    kind: str
    title: str
    detail: str = ""
    day: dt.date | None = None
    actor: str = ""
    tone: str = "neutral"
    run_id: int | None = None
    basis: str = ""


Source = Callable[[Case, User], Iterable[Entry]]
_sources: list[Source] = []


def register(source: Source) -> Source:
    """Add a source; the same twice is one. Usable as a decorator."""
    if source not in _sources:
        _sources.append(source)
    return source


def timeline(
    case: Case, user: User, *, cursor: str = "", size: int = PAGE_SIZE, groups: Collection[str] = ()
) -> tuple[list[Entry], str]:
    """One page of entries, newest first, and the cursor of the next page (the number of the entry it starts at, counted
    from the oldest, so that news at the top move nothing). With `groups` only entries of these (keys of GROUPS)."""
    wanted = kinds_of(groups)
    found = (entry for source in _sources for entry in source(case, user) if not wanted or entry.kind in wanted)
    entries = sorted(found, key=lambda e: (e.at, e.key))
    end = len(entries)
    if cursor.isdecimal() and len(cursor) < 7:
        end = min(end, int(cursor))
    start = max(end - size, 0)
    return entries[start:end][::-1], str(start) if start > 0 else ""


def _amount(value: Decimal | None) -> str:
    return "–" if value is None else f"{value:,.2f}"


@dataclass
class _Growth:
    """A run of days on which a debt only grew: interest and penalty, told once and not thirty times."""

    first_day: dt.date
    old_total: Decimal
    days: int = 0
    new_total: Decimal = Decimal(0)
    last: dict[str, Any] = field(default_factory=dict)
    key: str = ""

    def entry(self) -> Entry:
        grown = {"amount": _amount(self.new_total - self.old_total), "days": self.days}
        totals = {"old": _amount(self.old_total), "new": _amount(self.new_total), "day": self.first_day.isoformat()}
        if self.days == 1:
            title, detail = _("欠款增加 %(amount)s 元") % grown, _("%(old)s → %(new)s 元") % totals
        else:
            title = _("%(days)d 个数据日欠款共增加 %(amount)s 元") % grown
            detail = _("自 %(day)s：%(old)s → %(new)s 元") % totals
        return Entry(key=self.key, kind="balance", title=title, detail=detail, tone="warning", **self.last)


@register
def position_changes(case: Case, user: User) -> Iterator[Entry]:
    """First position, balance changes and stage moves; a day on which only the days grew is no event, and days on which
    the debt only grew are one."""
    rows = (
        Position.objects.filter(case=case)
        .order_by("as_of", "recorded_at", "run_id")
        .values_list("as_of", "run_id", "recorded_at", "days_past_due", "stage", "total")[:MOST_ENTRIES]
    )
    before: tuple[int, Decimal] | None = None
    growth: _Growth | None = None
    for as_of, run_id, recorded_at, days, stage, total in rows:
        label = Stage(stage).label
        key = f"position-{as_of.isoformat()}-{run_id}"
        detail = _("%(days)d 天，%(total)s 元") % {"days": days, "total": _amount(total)}
        common: dict[str, Any] = {"at": recorded_at, "day": as_of, "run_id": run_id}
        if before is None:
            title = _("进入逾期账簿，%(stage)s") % {"stage": label}
            yield Entry(key=key, kind="entered", title=title, detail=detail, tone="info", **common)
            before = (stage, total)
            continue
        old_stage, old_total = before
        if total > old_total:
            growth = growth or _Growth(first_day=as_of, old_total=old_total)
            growth.days += 1
            growth.new_total, growth.last, growth.key = total, common, f"{key}-total"
        if growth and (total < old_total or stage != old_stage):
            yield growth.entry()
            growth = None
        if stage != old_stage:
            forward = stage > old_stage
            title = _("前滚 %(old)s → %(new)s") if forward else _("后滚 %(old)s → %(new)s")
            yield Entry(
                key=f"{key}-stage",
                kind="rolled",
                title=title % {"old": Stage(old_stage).label, "new": label},
                detail=detail,
                tone="danger" if forward else "success",
                **common,
            )
        if total < old_total:
            yield Entry(
                key=f"{key}-total",
                kind="balance",
                title=_("欠款减少 %(amount)s 元") % {"amount": _amount(old_total - total)},
                detail=_("%(old)s → %(new)s 元") % {"old": _amount(old_total), "new": _amount(total)},
                tone="success",
                **common,
            )
        before = (stage, total)
    if growth:
        yield growth.entry()


@register
def absences(case: Case, user: User) -> Iterator[Entry]:
    for absence in Absence.objects.filter(case=case).select_related("explained_by").order_by("-pk")[:MOST_ENTRIES]:
        yield Entry(
            at=absence.created_at,
            day=absence.as_of,
            key=f"absence-{absence.pk}",
            kind="absent",
            title=_("未出现在当日文件中"),
            detail="" if absence.reason else _("待解释"),
            tone="warning",
        )
        if absence.explained_at:
            yield Entry(
                at=absence.explained_at,
                key=f"absence-{absence.pk}-explained",
                kind="absent",
                title=_("缺席已解释：%(reason)s") % {"reason": absence.get_reason_display()},
                detail=absence.note or str(RULE_NAMES.get(absence.rule, "")),
                actor=str(absence.explained_by or ""),
                tone="success" if absence.reason in ("paid", "cured", "returned") else "neutral",
            )


@register
def repayments(case: Case, user: User) -> Iterator[Entry]:
    """Money of the loan from the day the case was opened until it was closed."""
    rows = Repayment.objects.filter(loan_id=case.loan_id, paid_on__gte=case.opened_on)
    if case.closed_on:
        rows = rows.filter(paid_on__lte=case.closed_on)
    for payment in rows.order_by("-pk")[:MOST_ENTRIES]:
        title = _("冲正 %(amount)s 元") if payment.reversal_of_id else _("还款 %(amount)s 元")
        yield Entry(
            at=payment.recorded_at,
            day=payment.paid_on,
            key=f"repayment-{payment.pk}",
            kind="repayment",
            title=title % {"amount": _amount(payment.amount)},
            detail=" · ".join(part for part in (payment.get_status_display(), payment.channel) if part),
            tone="warning" if payment.reversal_of_id else "success",
        )


@register
def custody_moves(case: Case, user: User) -> Iterator[Entry]:
    for custody in Custody.objects.filter(case=case).select_related("desk", "moved_by").order_by("-pk")[:MOST_ENTRIES]:
        yield Entry(
            at=custody.started_at,
            key=f"custody-{custody.pk}",
            kind="custody",
            title=_("归属 %(desk)s") % {"desk": custody.desk.name},
            detail=custody_reason(custody.reason),
            actor=str(custody.moved_by or ""),
        )


@register
def closing(case: Case, user: User) -> Iterator[Entry]:
    if case.closed_on:
        noon = dt.datetime.combine(case.closed_on, dt.time(23, 59), tzinfo=timezone.get_current_timezone())
        run = (
            ImportRun.objects.filter(pk=case.closed_by_run_id).only("applied_at").first()
            if case.closed_by_run_id
            else None
        )
        yield Entry(
            at=run.applied_at if run and run.applied_at else noon,
            day=case.closed_on,
            key="closed",
            kind="closed",
            title=_("结案：%(reason)s") % {"reason": case.get_close_reason_display()},
            detail=case.close_note,
            tone="success",
            run_id=case.closed_by_run_id,
        )


FIELD_LABELS = {
    "name": lambda: _("姓名"),
    "id_no": lambda: _("证件号码"),
    "id_type": lambda: _("证件类型"),
    "id_last4": lambda: _("证件后四位"),
    "product": lambda: _("产品"),
    "region": lambda: _("地区"),
    "credit_limit": lambda: _("授信额度"),
    "disbursed_on": lambda: _("放款日期"),
    "debtor_id": lambda: _("客户编号"),
}
# Never shown: an index is no word, and a token is no number.
HIDDEN_FIELDS = ("id_index", "debtor_id")


def _as_shown(name: str, value: Any) -> str:
    if value in (None, ""):
        return _("（空）")
    text = str(value)
    if name == "name":
        return mask_name(text)
    if name == "id_no":
        return "****" if ":" in text else mask_id(text)
    return text


@register
def attribute_changes(case: Case, user: User) -> Iterator[Entry]:
    """What files changed about the loan and the person. Personal values stay masked, also for those who see the name
    elsewhere: an old name may be another person's."""
    about = Q(table=ImportChange.Table.LOAN, object_id=case.loan_id) | Q(
        table=ImportChange.Table.DEBTOR, object_id=case.loan.debtor_id
    )
    for change in (
        ImportChange.objects.filter(about, run__state="applied").select_related("run").order_by("-pk")[:MOST_ENTRIES]
    ):
        names = [name for name in change.after if name not in HIDDEN_FIELDS]
        if not names:
            continue
        yield Entry(
            at=change.run.applied_at or change.run.uploaded_at,
            day=change.run.as_of,
            key=f"change-{change.pk}",
            kind="attribute",
            title=_("资料变更：%(fields)s")
            % {"fields": listed(FIELD_LABELS[n]() if n in FIELD_LABELS else n for n in names)},
            detail=sentences(
                f"{_as_shown(n, change.before.get(n))} → {_as_shown(n, change.after.get(n))}" for n in names
            ),
            run_id=change.run_id,
        )


@register
def looks(case: Case, user: User) -> Iterator[Entry]:
    """Who opened a masked value of this case, or tried to, and why."""
    events = AuditEvent.objects.filter(
        object_type="cases.case", object_id=str(case.pk), action="person.revealed"
    ).order_by("-pk")[:MOST_ENTRIES]
    for event in events:
        what = event.data.get("label", "")
        title = _("查看 %(what)s") if event.outcome == "ok" else _("查看 %(what)s 被拒绝")
        yield Entry(
            at=event.at,
            key=f"audit-{event.pk}",
            kind="revealed",
            title=title % {"what": what},
            detail=event.reason,
            actor=event.actor_name,
            tone="neutral" if event.outcome == "ok" else "danger",
        )
