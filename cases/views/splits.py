"""One waiting payment for several contracts of its debtor: taken apart, and taken back as one."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cases.forms import ContractForm
from cases.forms_splits import split_form_of
from cases.selectors_splits import split_of
from cases.services.matching import MatchRefused, find_contract
from cases.services.splitting import split_repayment, undo_split
from cases.views import repayments
from collection_ops.core import clock
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.services.form_tokens import once


@requires("repayments.match")
@require_POST
@once
def split(request: SignedInRequest, repayment_id: int) -> HttpResponse:
    """Take the payment apart as typed; what is wrong is said on the page of the payment."""
    repayment = repayments.payment_or_404(repayment_id)
    looked = ContractForm(request.POST)
    loan = find_contract(repayment=repayment, contract_no=request.POST.get("contract_no", "").replace("\x00", ""))
    form = None
    if loan is not None:
        form = split_form_of(repayment, loan, data=request.POST, designated=request.POST.get("designated", ""))
    if form is None or not form.is_valid():
        if form is None:
            messages.error(request, _("这笔还款不能拆分，请刷新页面"))
        return repayments.payment_page(request, repayment, looked, split_form=form, status=422)
    try:
        split_repayment(
            repayment=repayment,
            shares=form.cleaned_data["shares"],
            basis=form.cleaned_data["basis"],
            designated=form.cleaned_data["designated"],
            note=form.cleaned_data["note"],
            actor=request.user,
            now=clock.database_now(),
        )
    except MatchRefused as refused:
        messages.error(request, str(refused))
        return redirect("cases:waiting_payment", repayment.pk)
    messages.success(request, _("还款已拆分到各份合同；需要时可以整体撤回。"))
    return redirect("cases:waiting_payment", repayment.pk)


@requires("repayments.match")
@require_POST
@once
def undo(request: SignedInRequest, repayment_id: int) -> HttpResponse:
    """Take the split back from the page of any of its rows."""
    repayment = repayments.payment_or_404(repayment_id)
    found = split_of(repayment)
    try:
        if found is None:
            raise MatchRefused(_("这次拆分已经撤回，请刷新页面"))
        restored = undo_split(split=found, actor=request.user, now=clock.database_now())
    except MatchRefused as refused:
        messages.error(request, str(refused))
        return redirect("cases:waiting_payment", repayment.pk)
    messages.success(request, _("已撤回拆分，还款回到待匹配。"))
    return redirect("cases:waiting_payment", restored.pk)
