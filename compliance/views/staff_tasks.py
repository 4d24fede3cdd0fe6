"""Coaching and training: what people have to go through, what is overdue, and the word that it was done."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from cases.views.paging import asked
from collection_ops.core import clock
from collection_ops.core.access import requires, signed_in_only
from collection_ops.core.http import SignedInRequest
from collection_ops.core.paging import key_page
from collection_ops.core.services.form_tokens import once
from compliance.complaints.one_forms import StaffTaskForm
from compliance.models import Complaint, StaffTask, TrainingCertificate
from compliance.selectors_tasks import SHOWN, shown_tasks, staff_tasks_for
from compliance.services.staff_tasks import StaffTaskRefused, finish_staff_task

VIEW = "staff_tasks.view"


@requires(VIEW)
@require_GET
def staff_tasks(request: SignedInRequest) -> HttpResponse:
    today = clock.business_date(clock.now())
    shown = asked(request, "show") or "open"
    if shown not in dict(SHOWN):
        shown = "open"
    rows = shown_tasks(staff_tasks_for(request.user), shown, today)
    page = key_page(request, rows.select_related("user", "complaint", "done_by", "cancelled_by", "certificate"))
    context = {"page": page, "today": today, "shown": shown, "choices": SHOWN, "seen": _seen(request, page.rows)}
    return render(request, "compliance/staff_tasks.html", context)


def _seen(request: SignedInRequest, tasks: list[StaffTask]) -> set[int]:
    """Complaints of the page that this person may open: whom a complaint is about may not."""
    ids = [task.complaint_id for task in tasks if task.complaint_id is not None]
    return (
        set(Complaint.objects.for_user(request.user).filter(pk__in=ids).values_list("pk", flat=True)) if ids else set()
    )


@requires(VIEW)
@require_http_methods(["GET", "POST"])
@once
def finish(request: SignedInRequest, task_id: int) -> HttpResponse:
    """Say what was talked about, or which certificate it ended with."""
    task = staff_tasks_for(request.user).select_related("user").filter(pk=task_id).first() if task_id < 2**63 else None
    if task is None:
        raise Http404
    since = clock.business_date(task.opened_at)
    fitting = TrainingCertificate.objects.filter(user=task.user, revoked_at__isnull=True, passed_on__gte=since)
    form = StaffTaskForm(request.POST or None, task=task, certificates=fitting.order_by("-passed_on"))
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                finish_staff_task(task=task, **form.cleaned_data, actor=request.user, now=clock.database_now())
            except StaffTaskRefused as refused:
                form.add_error(refused.field if refused.field in form.fields else None, str(refused))
                status = 409
            else:
                messages.success(request, _("已确认完成"))
                return redirect("compliance:staff_tasks")
    context = {"task": task, "form": form, "is_own": task.user_id == request.user.pk}
    return render(request, "compliance/staff_task.html", context, status=status)


@signed_in_only
@require_GET
def my_staff_tasks(request: SignedInRequest) -> HttpResponse:
    """One's own, open and past; who confirms them is somebody else."""
    page = key_page(request, StaffTask.objects.filter(user=request.user).select_related("done_by", "certificate"))
    context = {"page": page, "today": clock.business_date(clock.now())}
    return render(request, "compliance/my_staff_tasks.html", context)
