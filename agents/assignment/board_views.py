"""The board: the pool on the left, the desks on the right, and the form that plans; the ledger of fairness."""

import calendar
import datetime as dt
from itertools import pairwise
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from agents.assignment.board_forms import PlanForm
from agents.assignment.chosen_texts import chosen_said
from agents.assignment.jobs import PLAN_JOB
from agents.assignment.rules import rules_in_force
from agents.assignment.runs import AssignmentRefused, plan_run
from agents.assignment.selectors_board import (
    Sums,
    chosen_cases,
    desk_lines,
    ledger,
    pool_lines,
    runs_for,
    teams_for,
    waiting_runs,
    working_day,
)
from agents.expected import BANDS, rates_on
from agents.models import RunState
from cases.models import Case, DeskKind
from collection_ops.core import clock
from collection_ops.core.access import has, requires
from collection_ops.core.approvals import Waiting, decisions
from collection_ops.core.http import SignedInRequest
from collection_ops.core.models import User
from collection_ops.core.paging import key_page
from collection_ops.core.services import jobs
from collection_ops.core.services.form_tokens import once

PLANNED_AT_ONCE = 5_000
"""Cases; a plan of more would keep the page waiting for seconds, and is made by a job."""
DESKS_SHOWN, RUNS_SHOWN, LEDGER_SHOWN = 60, 10, 5
STATE_TONES = {
    RunState.PLANNED: "warning",
    RunState.APPROVED: "info",
    RunState.APPLIED: "success",
    RunState.UNDONE: "neutral",
    RunState.DROPPED: "neutral",
}


@decisions
def runs_waiting(user: User) -> Waiting | None:
    """On the page of tasks: plans of others that this person may approve."""
    if not has(user, "assignment.approve"):
        return None
    return Waiting(_("待批准的分案"), waiting_runs(user).count(), f"{reverse('assignment:board')}?show=planned#runs")


@requires("assignment.view")
@require_GET
def board(request: SignedInRequest) -> HttpResponse:
    return _page(request)


@requires("assignment.plan")
@require_POST
@once
def plan(request: SignedInRequest) -> HttpResponse:
    """A preview of who would get what; nothing moves yet. A large one is made in the background."""
    form = PlanForm(request.POST, user=request.user, teams=teams_for(request.user), today=_today())
    if not form.is_valid():
        return _page(request, form=form, status=400)
    now, unit = clock.database_now(), form.unit_chosen
    cases = chosen_cases(form.chosen, unit)
    pool = Case.objects.present().filter(desk__kind=DeskKind.POOL)
    if (pool if cases is None else cases).count() > PLANNED_AT_ONCE:
        params = {"chosen": form.chosen, "unit": unit, "day": form.cleaned_data["day"].isoformat()}
        job = jobs.enqueue(kind=PLAN_JOB, params=params, actor=request.user, title=_("生成分案预览"))
        messages.info(request, _("案件较多，正在后台生成预览；可以离开本页，完成后会收到通知"))
        return redirect("core:job", job.pk)
    try:
        run = plan_run(
            cases=cases,
            chosen=form.chosen,
            unit=unit,
            day=form.cleaned_data["day"],
            seed=None,
            actor=request.user,
            now=now,
        )
    except AssignmentRefused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        return _page(request, form=form, status=409)
    return redirect("assignment:run", run.pk)


def _page(request: SignedInRequest, *, form: PlanForm | None = None, status: int = 200) -> HttpResponse:
    user, today = request.user, _today()
    day = working_day(today)
    teams, rates = teams_for(user), rates_on(today)
    unit = request.GET.get("team", "")
    unit = unit if unit in [team.code for team in teams] else ""
    desks = desk_lines(user, unit=unit, day=day, rates=rates)
    pool = pool_lines(Case.objects.present().filter(desk__kind=DeskKind.POOL), rules_in_force(), rates)
    if form is None and has(user, "assignment.plan"):
        form = PlanForm(user=user, teams=teams, today=today)
    show = request.GET.get("show", "")
    runs = runs_for(user).select_related("planned_by")
    if show in RunState.values:
        runs = runs.filter(state=show)
    page = key_page(request, runs, size=RUNS_SHOWN)
    bands = band_labels()
    first, last = _month(today)
    lines = ledger(user, first=first, last=last)
    names = {team.code: team.name for team in teams}
    context: dict[str, Any] = {
        "day": day,
        "is_today": day == today,
        "form": form,
        "pool": [(line, list(zip(bands, line.bands, strict=True))) for line in pool],
        "pool_total": sum((line.total for line in pool), Sums()),
        "bands": bands,
        "desks": Paginator(desks, DESKS_SHOWN).get_page(request.GET.get("desks")),
        "desks_total": sum((line.load for line in desks), Sums()),
        "present": sum(1 for line in desks if line.present),
        "room": sum(line.room for line in desks if line.present and line.may_contact),
        "teams": teams,
        "team_names": names,
        "team": unit,
        "runs": [(run, STATE_TONES[RunState(run.state)], chosen_said(run.chosen)) for run in page.rows],
        "show": show,
        "states": RunState.choices,
        "previous_url": page.previous_url,
        "next_url": page.next_url,
        "behind": lines[:LEDGER_SHOWN],
        "ledger_size": len(lines),
        "month": first,
    }
    return render(request, "agents/assignment/board.html", context, status=status)


def band_labels() -> list[str]:
    """«不足 1,000», «1,000–5,000», …, «20,000 以上» (yuan)."""
    limits = [f"{limit:,}" for limit in BANDS]
    first, last = _("不足 %(amount)s") % {"amount": limits[0]}, _("%(amount)s 以上") % {"amount": limits[-1]}
    return [first, *(f"{low}–{high}" for low, high in pairwise(limits)), last]


def _today() -> dt.date:
    return clock.business_date(clock.now())


def _month(day: dt.date) -> tuple[dt.date, dt.date]:
    return day.replace(day=1), day.replace(day=calendar.monthrange(day.year, day.month)[1])


@requires("assignment.view")
@require_GET
def fairness(request: SignedInRequest) -> HttpResponse:
    """Who was dealt how much in a month against an equal share."""
    this_month = _today().replace(day=1)
    try:
        asked = dt.date.fromisoformat(f"{request.GET.get('month', '')[:7]}-01")
    except ValueError:
        asked = this_month
    if not dt.date(2000, 1, 1) <= asked <= this_month:
        asked = this_month
    first, last = _month(asked)
    lines = ledger(request.user, first=first, last=last)
    later = last + dt.timedelta(days=1)
    context = {
        "lines": lines,
        "month": first,
        "earlier": first - dt.timedelta(days=1),
        "later": later if later <= this_month else None,
        "dealt": sum(line.dealt for line in lines),
        "share": sum(line.share for line in lines),
    }
    return render(request, "agents/assignment/fairness.html", context)
