"""Departments and their members."""

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from collection_ops.core import clock
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.models import User
from collection_ops.core.services.form_tokens import once
from compliance.models import WAITING_STATES, Department, DepartmentMember
from compliance.routing import departments as doors
from compliance.routing.forms import DepartmentForm, MemberForm
from compliance.routing.people import MANAGE
from compliance.routing.referring import ANSWER_DAYS
from compliance.routing.refusals import ReferralRefused


@requires(MANAGE)
@require_GET
def departments(request: SignedInRequest) -> HttpResponse:
    able = Q(departmentmember__user__is_active=True)
    rows = Department.objects.annotate(
        able=Count("departmentmember", filter=able, distinct=True),
        waiting=Count("referrals", filter=Q(referrals__state__in=WAITING_STATES), distinct=True),
    ).order_by("-is_active", "pk")
    leads = DepartmentMember.objects.filter(is_lead=True).select_related("user")
    by_department = {place.department_id: place.user for place in leads}
    context = {
        "rows": [{"department": row, "lead": by_department.get(row.pk)} for row in rows],
        "days": ANSWER_DAYS.on(clock.business_date(clock.now())),
    }
    return render(request, "compliance/routing/departments.html", context)


@requires(MANAGE)
@require_http_methods(["GET", "POST"])
@once
def new(request: SignedInRequest) -> HttpResponse:
    return _saved(request, None)


@requires(MANAGE)
@require_http_methods(["GET", "POST"])
@once
def department(request: SignedInRequest, department_id: int) -> HttpResponse:
    return _saved(request, _found(department_id))


@requires(MANAGE)
@require_POST
@once
def member(request: SignedInRequest, department_id: int) -> HttpResponse:
    """Add somebody, remove them, or make them the lead (`do`)."""
    found, act = _found(department_id), request.POST.get("do", "")
    person = _person(request.POST.get("user", ""))
    try:
        if act == "add":
            if person is None:
                raise ReferralRefused(_("请选择要增加的成员"), "user")
            doors.add_member(department=found, user=person, actor=request.user)
            said = _("已增加成员 %(who)s") % {"who": person}
        elif act == "remove" and person is not None:
            freed = doors.remove_member(department=found, user=person, actor=request.user, now=clock.now())
            said = _("已移除 %(who)s；其办理中的 %(n)d 件转为部门待接办") % {"who": person, "n": freed}
        elif act == "lead" and person is not None:
            doors.make_lead(department=found, user=person, actor=request.user)
            said = _("%(who)s 现为负责人") % {"who": person}
        else:
            raise Http404
    except ReferralRefused as refused:
        return _page(request, found, DepartmentForm(initial=_initial(found)), refused=str(refused), status=409)
    messages.success(request, said)
    return redirect("compliance:department", found.pk)


def _saved(request: SignedInRequest, found: Department | None) -> HttpResponse:
    if request.method != "POST":
        return _page(request, found, DepartmentForm(initial=_initial(found)))
    form = DepartmentForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form, status=400)
    try:
        saved = doors.save_department(department=found, actor=request.user, **form.cleaned_data)
    except ReferralRefused as refused:
        form.add_error(refused.field or None, str(refused))
        return _page(request, found and _found(found.pk), form, status=409)
    messages.success(request, _("部门已保存"))
    return redirect("compliance:department", saved.pk)


def _page(
    request: SignedInRequest, found: Department | None, form: DepartmentForm, *, refused: str = "", status: int = 200
) -> HttpResponse:
    places = []
    if found is not None:
        rows = DepartmentMember.objects.filter(department=found).select_related("user")
        places = list(rows.order_by("-is_lead", "user__display_name", "pk"))
    context = {
        "department": found,
        "form": form,
        "members": places,
        "member_form": MemberForm(department=found) if found is not None else None,
        "refused": refused,
    }
    return render(request, "compliance/routing/department.html", context, status=status)


def _initial(found: Department | None) -> dict[str, object]:
    names = ("code", "name", "answer_days", "is_active")
    return {name: getattr(found, name) for name in names} if found is not None else {}


def _found(department_id: int) -> Department:
    found = Department.objects.filter(pk=min(department_id, 2**63 - 1)).first()
    if found is None:
        raise Http404
    return found


def _person(given: str) -> User | None:
    known = given.isascii() and given.isdecimal() and len(given) < 19
    return User.objects.filter(pk=int(given)).first() if known else None
