"""The audit trail, to read and to verify."""

from datetime import datetime, time, timedelta

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from collection_ops.core.access import requires
from collection_ops.core.forms import AuditFilter
from collection_ops.core.http import SignedInRequest
from collection_ops.core.models import AuditSeal
from collection_ops.core.paging import key_page
from collection_ops.core.selectors import audit_events
from collection_ops.core.services.form_tokens import once
from collection_ops.core.services.jobs import enqueue


@requires("audit.view")
@require_GET
def audit(request: SignedInRequest) -> HttpResponse:
    form = AuditFilter(request.GET or None)
    chosen = form.cleaned_data if form.is_valid() else {}
    first, last = chosen.get("first"), chosen.get("last")
    events = audit_events(
        action=chosen.get("action") or "",
        person=chosen.get("person") or "",
        object_type=chosen.get("object_type") or "",
        object_id=chosen.get("object_id") or "",
        outcome=chosen.get("outcome") or "",
        first=_start_of(first) if first else None,
        until=_start_of(last) + timedelta(days=1) if last else None,
    )
    context = {
        "form": form,
        "page": key_page(request, events),
        "is_filtered": any(chosen.values()),
        "last_seal": AuditSeal.objects.order_by("-number").first(),
    }
    return render(request, "core/audit.html", context)


def _start_of(day: datetime) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


@requires("audit.verify")
@require_POST
@once
def verify(request: SignedInRequest) -> HttpResponse:
    """As a job: every digest of the trail is recomputed."""
    job = enqueue(kind="core.verify_audit", params={}, actor=request.user, title=_("校验审计链"))
    return redirect("core:job", job_id=job.pk)
