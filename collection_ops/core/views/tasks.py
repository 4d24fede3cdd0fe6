"""My tasks: what runs for me, what is ready to fetch, what I was told."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from collection_ops.core import clock
from collection_ops.core.access import has, signed_in_only
from collection_ops.core.approvals import waiting_for
from collection_ops.core.http import SignedInRequest
from collection_ops.core.models import Notification
from collection_ops.core.selectors import finished_jobs, jobs_for, notifications_for, open_jobs
from collection_ops.core.services.notifications import mark_read


@signed_in_only
@require_GET
def tasks(request: SignedInRequest) -> HttpResponse:
    may_see_all = has(request.user, "jobs.view_all")
    everybodys = may_see_all and request.GET.get("of") == "all"
    jobs = jobs_for(request.user, everybodys=everybodys)
    context = {
        "decisions": waiting_for(request.user),
        "open": open_jobs(jobs),
        "finished": finished_jobs(jobs),
        "notifications": notifications_for(request.user),
        "may_see_all": may_see_all,
        "everybodys": everybodys,
    }
    return render(request, "core/tasks.html", context)


@signed_in_only
@require_GET
def job(request: SignedInRequest, job_id: int) -> HttpResponse:
    """One job: a page, or for htmx the fragment that asks again every second until the job has ended.

    With `?then=reload` the page that shows the fragment is loaded anew when the job has ended.
    """
    found = get_object_or_404(jobs_for(request.user, everybodys=True), pk=job_id)
    then = "reload" if request.GET.get("then") == "reload" else ""
    if request.headers.get("HX-Request") != "true":
        return render(request, "core/job_page.html", {"job": found})
    response = render(request, "core/job_progress.html", {"job": found, "then": then})
    if then and not found.is_open:
        response["HX-Refresh"] = "true"
    return response


@signed_in_only
@require_POST
def notification(request: SignedInRequest, notification_id: int) -> HttpResponse:
    """Read one message and go where it leads."""
    found = get_object_or_404(Notification, pk=notification_id, user=request.user)
    mark_read(user=request.user, now=clock.now(), only=found)
    if found.url and not found.url.startswith("/"):
        raise Http404
    return redirect(found.url or "core:tasks")


@signed_in_only
@require_POST
def notifications_read(request: SignedInRequest) -> HttpResponse:
    mark_read(user=request.user, now=clock.now())
    return redirect("core:tasks")
