"""Closed complaints that have to be looked after, and what waits of them on the page of tasks."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from collection_ops.core import clock
from collection_ops.core.access import has, requires
from collection_ops.core.approvals import Waiting, decisions
from collection_ops.core.http import SignedInRequest
from collection_ops.core.models import User
from collection_ops.core.paging import key_page
from compliance.complaints.conflicts import HANDLE
from compliance.complaints.ending import due_follow_ups, follow_ups
from compliance.models import Complaint, StaffTask


@requires(HANDLE)
@require_GET
def complaint_follow_ups(request: SignedInRequest) -> HttpResponse:
    """Those that are due first; `?show=all` with those of days to come."""
    today = clock.business_date(clock.now())
    is_all = request.GET.get("show") == "all"
    rows = follow_ups() if is_all else due_follow_ups(today)
    mine = rows.filter(complaint__in=Complaint.objects.for_user(request.user, HANDLE))
    page = key_page(request, mine.select_related("complaint__handler"))
    context = {"page": page, "today": today, "is_all": is_all}
    return render(request, "compliance/complaints/follow_ups.html", context)


@decisions
def follow_ups_waiting(user: User) -> Waiting | None:
    if not has(user, HANDLE):
        return None
    due = due_follow_ups(clock.business_date(clock.now()))
    count = due.filter(complaint__in=Complaint.objects.for_user(user, HANDLE)).count()
    return Waiting(_("投诉回访"), count, reverse("compliance:complaint_follow_ups"))


@decisions
def own_staff_tasks(user: User) -> Waiting | None:
    """What this person has to go through themselves."""
    open_ones = StaffTask.objects.filter(user=user, done_at__isnull=True, cancelled_at__isnull=True)
    return Waiting(_("我的辅导与再培训"), open_ones.count(), reverse("compliance:my_staff_tasks"))
