"""The list of quality checks, what is next, and the figures of a month."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from collection_ops.core import clock
from collection_ops.core.access import has, requires
from collection_ops.core.clock import month_end
from collection_ops.core.http import SignedInRequest
from collection_ops.core.models import User
from collection_ops.core.paging import LARGEST_KEY, key_page
from collection_ops.core.services.form_tokens import once
from compliance.models import CheckState, QualityCheck
from compliance.models.quality import CHECK
from compliance.quality import waiting
from compliance.quality.agreement import Agreement
from compliance.quality.form import read_form
from compliance.quality.forms_of import form_in_force
from compliance.quality.refusals import QualityRefused
from compliance.quality.results import Result, by_person, calibration, done_between, whole
from compliance.quality.selectors import blind, listed, rows_of
from compliance.quality.taking import left_lying, take_next

VIEW = "quality.view"
FOR_NEXT = ("queue", "appeals", "second")
RESULTS = ("passed", "failed", "critical")


@requires(VIEW)
@require_GET
def quality(request: SignedInRequest) -> HttpResponse:
    """What waits for the reader first; the rest behind the filter. Above it the figures of this month, in scope."""
    user = request.user
    queues = _queues(user)
    shown = request.GET.get("show", "")
    shown = shown if shown in queues else next(iter(queues))
    visible = QualityCheck.objects.for_user(user, VIEW)
    rows = visible.filter(pk__in=queues[shown].rows.values("pk"))
    asked = _Asked.of(request)
    page = key_page(request, listed(asked.narrow(rows, user)))
    today = clock.business_date(clock.now())
    month = visible.filter(pk__in=done_between(today.replace(day=1), today).values("pk"))
    waits = [
        (value, queue.label, queue.rows.count()) for value, queue in queues.items() if value not in ("done", "all")
    ]
    context = {
        "rows": rows_of(user, page.rows),
        "page": page,
        "shown": shown,
        "queues": queues,
        "asked": asked,
        "people": _people(visible),
        "results": [("passed", _("合格")), ("failed", _("不合格")), ("critical", _("致命错误"))],
        "month": whole(by_person(month)),
        "may_check": has(user, CHECK),
        "may_edit": has(user, "quality.forms"),
        "waits": sum(count for value, _label, count in waits if value in FOR_NEXT),
        "waiting": [one for one in waits if one[2] and one[0] != shown],
    }
    return render(request, "compliance/quality/list.html", context)


@requires(CHECK)
@require_POST
@once
def next_check(request: SignedInRequest) -> HttpResponse:
    """To the next talk, which is the reader's from then on."""
    return to_next(request)


def to_next(request: SignedInRequest) -> HttpResponse:
    found = take_next(actor=request.user, now=clock.database_now())
    if found is None:
        messages.info(request, _("没有待检的通话了"))
        return redirect("compliance:quality")
    return redirect("compliance:quality_check", found.pk)


@requires(VIEW)
@require_GET
def results(request: SignedInRequest) -> HttpResponse:
    """One month by person; for whoever checks, how far the checkers agree."""
    today = clock.business_date(clock.now())
    first = _month(request.GET.get("month", ""), today)
    last = month_end(first)
    visible = QualityCheck.objects.for_user(request.user, VIEW)
    lines = by_person(visible.filter(pk__in=done_between(first, last).values("pk")))
    agreed = calibration(first, last) if has(request.user, CHECK) else None
    checkers = [one for two in agreed.people for one in (two.one, two.other)] if agreed is not None else []
    people = User.objects.in_bulk({*checkers, *(one.user for one in lines if one.user is not None)})
    context = {
        "first": first,
        "previous": (first - timedelta(days=1)).replace(day=1),
        "next": last + timedelta(days=1) if last < today else None,
        "lines": [(one, people.get(one.user or 0)) for one in sorted(lines, key=_worst_first)],
        "whole": whole(lines),
        "agreed": agreed,
        "pairs": [(people[two.one], people[two.other], two) for two in agreed.people] if agreed is not None else [],
        "items": _item_names(agreed.items) if agreed is not None else [],
    }
    return render(request, "compliance/quality/results.html", context)


@dataclass(frozen=True)
class _Queue:
    label: str
    rows: QuerySet[QualityCheck]
    empty: str


def _queues(user: User) -> dict[str, _Queue]:
    done = QualityCheck.objects.filter(state=CheckState.DONE)
    everything = {"done": _Queue(_("已出结果"), done, _("还没有质检结果"))}
    if not has(user, CHECK):
        unseen = _Queue(_("待我确认"), waiting.to_acknowledge(user), _("没有待确认的质检结果"))
        return {**everything, "unseen": unseen} if waiting.may_be_checked(user) else everything
    return {
        "queue": _Queue(_("待我检查"), waiting.to_check(user), _("没有待检的通话：在“抽样批次”中抽样并下发")),
        "second": _Queue(_("待我复评"), waiting.to_check_again(user), _("没有待您复评的质检")),
        "differs": _Queue(_("待协调"), waiting.to_settle(user), _("没有待协调的分歧")),
        "left": _Queue(_("久未完成，可接手"), left_lying(user, clock.now()), _("没有搁置的质检")),
        "appeals": _Queue(_("待我复核申诉"), waiting.appeals_to_decide(user), _("没有待您复核的申诉")),
        **everything,
        "all": _Queue(_("全部"), QualityCheck.objects.all(), _("还没有抽过通话")),
    }


@dataclass(frozen=True)
class _Asked:
    """Filters of the list; what cannot be is left out."""

    person: int | None
    batch: int | None
    result: str

    @classmethod
    def of(cls, request: SignedInRequest) -> "_Asked":
        result = request.GET.get("result", "")
        return cls(
            _number(request.GET.get("person", "")),
            _number(request.GET.get("batch", "").upper().removeprefix("ZJ")),
            result if result in RESULTS else "",
        )

    def narrow(self, rows: QuerySet[QualityCheck], user: User) -> QuerySet[QualityCheck]:
        """A search by result would tell what somebody must stay blind of: those are left out of it."""
        rows = rows.filter(user=self.person) if self.person is not None else rows
        rows = rows.filter(batch=self.batch) if self.batch is not None else rows
        if not self.result:
            return rows
        rows = rows.exclude(blind(user))
        return rows.exclude(critical=[]) if self.result == "critical" else rows.filter(passed=self.result == "passed")


def _people(visible: QuerySet[QualityCheck]) -> list[User]:
    return list(User.objects.filter(pk__in=visible.values("user")).order_by("display_name", "pk"))


def _item_names(found: dict[str, Agreement]) -> list[tuple[str, Agreement]]:
    """In the order of the form in force, with its names; an item that is not in it any more keeps its code."""
    try:
        names = {item.code: item.label for item in read_form(form_in_force().body).items}
    except QualityRefused:
        names = {}
    order = list(names)
    by_form = sorted(found.items(), key=lambda one: order.index(one[0]) if one[0] in names else len(order))
    return [(names.get(code, code), one) for code, one in by_form]


def _worst_first(one: Result) -> tuple[float, int, str, int]:
    return (-(one.fail_share or 0), -one.checks, one.org, one.user or 0)


def _month(text: str, today: date) -> date:
    try:
        found = date.fromisoformat(f"{text}-01") if text else today
    except ValueError:
        found = today
    return min(max(found, date(2000, 1, 1)), today).replace(day=1)


def _number(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 and int(text) <= LARGEST_KEY else None
