"""Saying that two complaints are one matter."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from collection_ops.core import clock
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.services.form_tokens import once
from compliance.complaints.conflicts import accused_of, refuse_conflict
from compliance.complaints.desk import number_in
from compliance.complaints.refusals import ComplaintRefused
from compliance.complaints.register import join
from compliance.models import Complaint

ASSIGN = "complaints.assign"


@requires(ASSIGN)
@require_POST
@once
def complaint_join(request: SignedInRequest, complaint_id: int) -> HttpResponse:
    """Join it to the one whose number was typed or chosen. A refusal is shown on a page of its own, with what was typed."""
    seen = Complaint.objects.for_user(request.user).filter(pk__in=Complaint.objects.for_user(request.user, ASSIGN))
    complaint = seen.filter(pk=complaint_id).first()
    if complaint is None:
        raise Http404
    typed = request.POST.get("to", "").replace("\x00", "").strip()[:64]
    try:
        number = number_in(typed)
        target = seen.filter(pk=number).first() if number is not None else None
        if target is None:
            raise ComplaintRefused(_("没有这个编号的投诉，请核对，例如 TS20260302-12"), "to")
        # Joining takes a complaint off the desk: not for whoever it is about, nor for their lead.
        refuse_conflict([*accused_of(complaint), *accused_of(target)], request.user, field="to")
        join(complaint=complaint, to=target, actor=request.user, now=clock.now())
    except ComplaintRefused as refused:
        context = {"complaint": complaint, "typed": typed, "told": str(refused)}
        return render(request, "compliance/complaints/join.html", context, status=409 if typed else 400)
    told = {"number": complaint.number, "other": target.number}
    messages.success(request, _("投诉 %(number)s 已并入 %(other)s") % told)
    return redirect("compliance:complaint", target.pk)
