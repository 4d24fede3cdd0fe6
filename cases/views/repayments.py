"""Money that waits for its contract: the list, one payment with a look-up, matching and taking it back."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cases import selectors_repayments as reads
from cases.forms import ContractForm
from cases.keyset import SortKey, keyset_page
from cases.models import Repayment, Source
from cases.names import shown_names
from cases.services.matching import MatchRefused, find_contract, match_repayment, release_repayment
from cases.views.paging import asked, neighbours
from collection_ops.core import clock
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.services.form_tokens import once

PAGE_SIZE = 50
BY_NEWEST = SortKey(name="newest", field="pk", kind="integer")


@requires("repayments.view")
@require_GET
def waiting(request: SignedInRequest) -> HttpResponse:
    """Waiting money, newest first; on a second tab what people have matched."""
    shown = "matched" if asked(request, "show") == "matched" else "waiting"
    source = asked(request, "source")
    listed = (reads.matched_by_hand if shown == "matched" else reads.waiting_money)(source=source)
    page = keyset_page(
        listed,
        key=BY_NEWEST,
        descending=True,
        size=PAGE_SIZE,
        after=asked(request, "after"),
        before=asked(request, "before"),
    )
    number, amount = reads.count_and_sum(listed)
    origins = reads.origins(request.user, page.rows)
    context = {
        "shown": shown,
        "sources": Source.objects.order_by("code"),
        "source": source,
        "number": number,
        "amount": amount,
        "rows": [{"payment": payment, "origin": origins[payment.pk]} for payment in page.rows],
        **neighbours(request, page),
    }
    return render(request, "cases/repayments/waiting.html", context)


@requires("repayments.view")
@require_http_methods(["GET", "POST"])
def payment(request: SignedInRequest, repayment_id: int) -> HttpResponse:
    """One payment. Posted, the contract number is looked up and shown beside it; nothing is written, and the number
    stands in no address or history."""
    repayment = _payment_or_404(repayment_id)
    if request.method == "POST":
        form = ContractForm(request.POST)
        return _page(request, repayment, form, status=200 if form.is_valid() else 422)
    return _page(request, repayment, ContractForm(initial={"contract_no": repayment.contract_no}))


@requires("repayments.match")
@require_POST
@once
def match(request: SignedInRequest, repayment_id: int) -> HttpResponse:
    repayment = _payment_or_404(repayment_id)
    form = ContractForm(request.POST)
    if not form.is_valid():
        return _page(request, repayment, form, status=422)
    try:
        match_repayment(
            repayment=repayment,
            contract_no=form.cleaned_data["contract_no"],
            actor=request.user,
            now=clock.database_now(),
        )
    except MatchRefused as refused:
        messages.error(request, str(refused))
        return redirect("cases:waiting_payment", repayment.pk)
    messages.success(request, _("还款已归入合同；需要时可以取消匹配。"))
    return redirect("cases:waiting_payment", repayment.pk)


@requires("repayments.match")
@require_POST
@once
def release(request: SignedInRequest, repayment_id: int) -> HttpResponse:
    repayment = _payment_or_404(repayment_id)
    try:
        release_repayment(repayment=repayment, actor=request.user, now=clock.database_now())
        messages.success(request, _("已取消匹配，还款回到待匹配。"))
    except MatchRefused as refused:
        messages.error(request, str(refused))
    return redirect("cases:waiting_payment", repayment.pk)


def _payment_or_404(repayment_id: int) -> Repayment:
    """Waiting or matched money only: other payments are read on the record of their case."""
    mine = reads.waiting_money() | reads.matched_by_hand()
    return get_object_or_404(mine, pk=repayment_id)


def _page(request: SignedInRequest, repayment: Repayment, form: ContractForm, *, status: int = 200) -> HttpResponse:
    found = None
    if repayment.loan_id is None and form.is_bound and form.is_valid():
        found = find_contract(repayment=repayment, contract_no=form.cleaned_data["contract_no"])
        if found is None:
            form.add_error("contract_no", _("账簿中没有这份合同，请核对合同编号"))
            status = 422
    loan = found or repayment.loan
    case = reads.newest_case(loan.pk) if loan is not None else None
    context: dict[str, Any] = {
        "payment": repayment,
        "origin": reads.origins(request.user, [repayment])[repayment.pk],
        "form": form,
        "found": found,
        "loan": loan,
        "case": case,
        "name": shown_names(request.user, [case]).get(case.pk, "") if case else "",
    }
    return render(request, "cases/repayments/payment.html", context, status=status)
