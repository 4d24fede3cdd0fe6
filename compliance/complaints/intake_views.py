"""Writing a complaint down: for a customer who is known, or for nobody yet."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cases.models import Case
from cases.services.search import Found, SearchRefused, find_person
from cases.views.care import case_or_404, say
from collection_ops.core import clock
from collection_ops.core.access import has, requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.services.form_tokens import once
from compliance.complaints.desk import lines_of, name_of
from compliance.complaints.intake_forms import ComplaintForm
from compliance.complaints.refusals import ComplaintRefused
from compliance.complaints.register import RECORD, Whose, join, receive, similar
from compliance.models import Complaint

TAB = "complaints"
FIND = "debtors.find"


@requires(RECORD)
@require_http_methods(["GET", "POST"])
@once
def new(request: SignedInRequest) -> HttpResponse:
    """First the question whose it is; with `?customer=unknown` the form for a complaint of nobody who is known."""
    if request.method == "GET" and request.GET.get("customer") != "unknown":
        return render(request, "compliance/complaints/intake_find.html", {"can_find": has(request.user, FIND)})
    return _form_page(request, None)


@requires(RECORD)
@require_http_methods(["GET", "POST"])
@once
def new_for(request: SignedInRequest, case_id: int) -> HttpResponse:
    return _form_page(request, case_or_404(request, case_id, RECORD))


@requires(FIND)
@require_POST
def find(request: SignedInRequest) -> HttpResponse:
    """Whose complaint it is. Posted, logged and counted as every search for a person; what was typed is not repeated."""
    told, found = "", None
    try:
        found = find_person(text=request.POST.get("q", ""), actor=request.user, now=clock.database_now())
    except SearchRefused as refused:
        told = str(refused)
    context = {
        "can_find": True,
        "told": told,
        "found": found,
        "people": _people(request, found) if found is not None else [],
    }
    return render(request, "compliance/complaints/intake_find.html", context)


def _people(request: SignedInRequest, found: Found) -> list[tuple[Case, str, list[Case]]]:
    """Each customer once: the case to write it down for, the name, and the cases that were found."""
    mine = Case.objects.for_user(request.user, RECORD).filter(pk__in=[case.pk for case in found.cases])
    allowed = set(mine.values_list("pk", flat=True))
    by_debtor: dict[int, list[Case]] = {}
    for case in found.cases:
        if case.pk in allowed:
            by_debtor.setdefault(case.loan.debtor_id, []).append(case)
    return [(cases[0], name_of(request.user, cases[0].loan.debtor), cases) for cases in by_debtor.values()]


def _form_page(request: SignedInRequest, case: Case | None) -> HttpResponse:
    now, told, status = clock.now(), "", 200
    candidates = _candidates(request, case, now)
    form = ComplaintForm(request.POST or None, user=request.user, case=case, now=now, candidates=candidates)
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                return _saved(request, case, form, now)
            except ComplaintRefused as refused:
                told, status = say(form, refused), 409
    today = clock.business_date(now)
    context: dict[str, Any] = {
        "form": form,
        "case": case,
        "name": name_of(request.user, case.loan.debtor) if case is not None else "",
        "told": told,
        "lines": lines_of(candidates, request.user, today=today),
        "shown": ",".join(str(one.pk) for one in candidates),
        "back": _to_tab(case) if case is not None else reverse("compliance:complaint_new"),
    }
    return render(request, "compliance/complaints/intake.html", context, status=status)


def _candidates(request: SignedInRequest, case: Case | None, now: datetime) -> list[Complaint]:
    """What it may be told of again, of what the person may see."""
    if case is None:
        return []
    found = similar(debtor=case.loan.debtor, now=now)
    visible = Complaint.objects.for_user(request.user).filter(pk__in=[one.pk for one in found])
    by_id = visible.select_related("debtor", "handler").prefetch_related("subjects__user").in_bulk()
    return [by_id[one.pk] for one in found if one.pk in by_id]


def _saved(request: SignedInRequest, case: Case | None, form: ComplaintForm, now: datetime) -> HttpResponse:
    """Received, and joined where it was said to be another one told again. Raises ComplaintRefused, also where another came
    in while this one was being typed."""
    if form.unseen():
        raise ComplaintRefused(_("填写期间又登记了该客户的投诉，请先核对是否同一件事，再保存"))
    same, user = form.same(), request.user
    complaint = receive(
        said=form.said(),
        whose=Whose(
            debtor=case.loan.debtor if case is not None else None,
            case=case,
            loans=list(form.cleaned_data.get("loans") or ()),
        ),
        accused=form.accused(),
        actor=user,
        now=now,
        tell=same is None,
    )
    if same is not None:
        complaint = join(complaint=complaint, to=same, actor=user, now=now)
        messages.success(request, _("已登记并并入投诉 %(number)s") % {"number": same.number})
        return redirect("compliance:complaint", same.pk)
    told = {"number": complaint.number, "due": complaint.due_on.isoformat()}
    messages.success(request, _("已登记投诉 %(number)s，须在 %(due)s 前办结") % told)
    if Complaint.objects.for_user(user).filter(pk=complaint.pk).exists():
        return redirect("compliance:complaint", complaint.pk)
    messages.info(request, _("投诉涉及您本人，由其他同事办理，您之后看不到它"))
    return redirect(_to_tab(case) if case is not None else reverse("compliance:complaints"))


def _to_tab(case: Case) -> str:
    return f"{reverse('cases:record', args=[case.pk])}?tab={TAB}"
