"""Certificates and papers: recorded, revoked, withdrawn."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from agents.people.forms import CertificateForm, PaperForm
from agents.people.list_views import RECORD, person_page
from agents.people.staff import find_person, staff_for
from collection_ops.core import clock
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.services.form_tokens import once
from compliance.models import StaffPaper, TrainingCertificate
from compliance.services.certificates import (
    CertificateRefused,
    record_certificate,
    record_paper,
    revoke_certificate,
    withdraw_paper,
)


@requires(RECORD)
@require_POST
@once
def certificate(request: SignedInRequest, user_id: int) -> HttpResponse:
    """Somebody passed the training's test."""
    found, form = find_person(request.user, user_id, RECORD), CertificateForm(request.POST)
    if not form.is_valid():
        return person_page(request, found, key="file", status=400, certificate_form=form)
    try:
        record_certificate(user=found, actor=request.user, now=clock.database_now(), **form.cleaned_data)
    except CertificateRefused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        return person_page(request, found, key="file", status=409, certificate_form=form)
    messages.success(request, _("合格证已登记"))
    return redirect("people:person", found.pk)


@requires(RECORD)
@require_POST
@once
def paper(request: SignedInRequest, user_id: int) -> HttpResponse:
    """A paper was handed in."""
    found, form = find_person(request.user, user_id, RECORD), PaperForm(request.POST)
    if not form.is_valid():
        return person_page(request, found, key="file", status=400, paper_form=form)
    try:
        record_paper(user=found, actor=request.user, now=clock.database_now(), **form.cleaned_data)
    except CertificateRefused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        return person_page(request, found, key="file", status=409, paper_form=form)
    messages.success(request, _("材料已登记"))
    return redirect("people:person", found.pk)


@requires(RECORD)
@require_POST
@once
def revoke(request: SignedInRequest, certificate_id: int) -> HttpResponse:
    """It does not count any more."""
    held = TrainingCertificate.objects.filter(user__in=staff_for(request.user, RECORD)).select_related("user")
    row = held.filter(pk=certificate_id).first() if certificate_id < 2**63 else None
    if row is None:
        raise Http404
    reason = _reason(request)
    try:
        revoke_certificate(certificate=row, reason=reason, actor=request.user, now=clock.database_now())
    except CertificateRefused as refused:
        return person_page(
            request, row.user, key="file", status=409, refused=str(refused), refused_row=row.pk, typed_reason=reason
        )
    messages.success(request, _("合格证已撤销"))
    return redirect("people:person", row.user_id)


@requires(RECORD)
@require_POST
@once
def withdraw(request: SignedInRequest, paper_id: int) -> HttpResponse:
    """From today on it does not count any more."""
    held = StaffPaper.objects.filter(user__in=staff_for(request.user, RECORD)).select_related("user")
    row = held.filter(pk=paper_id).first() if paper_id < 2**63 else None
    if row is None:
        raise Http404
    now, reason = clock.database_now(), _reason(request)
    try:
        withdraw_paper(paper=row, withdrawn_on=clock.business_date(now), reason=reason, actor=request.user, now=now)
    except CertificateRefused as refused:
        return person_page(
            request, row.user, key="file", status=409, refused=str(refused), refused_paper=row.pk, typed_reason=reason
        )
    messages.success(request, _("材料已撤回"))
    return redirect("people:person", row.user_id)


def _reason(request: SignedInRequest) -> str:
    return request.POST.get("reason", "").replace("\x00", "").strip()[:200]
