"""Money that waits for its contract: the list, one payment with a look-up, matching and taking it back."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cases import selectors_repayments as reads
from cases.forms import ContractForm
from cases.forms_splits import SplitForm, split_form_of
from cases.keyset import SortKey, keyset_page
from cases.models import Repayment, Source
from cases.names import shown_names
from cases.selectors_splits import rows_of, split_of
from cases.services.matching import MatchRefused, find_contract, match_repayment, release_repayment
from cases.views.paging import asked, neighbours
from collection_ops.core import clock
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.services.form_tokens import once

PAGE_SIZE = 50
LISTS = {"waiting": reads.waiting_money, "matched": reads.matched_by_hand, "split": reads.split_money}
BY_NEWEST = SortKey(name="newest", field="pk", kind="integer")


@requires("repayments.view")
@require_GET
def waiting(request: SignedInRequest) -> HttpResponse:
    """Waiting money, newest first; on further tabs what people have matched, and what they have split."""
    shown = asked(request, "show")
    shown = shown if shown in LISTS else "waiting"
    source = asked(request, "source")
    listed = LISTS[shown](source=source)
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
    repayment = payment_or_404(repayment_id)
    if request.method == "POST":
        form = ContractForm(request.POST)
        return payment_page(request, repayment, form, status=200 if form.is_valid() else 422)
    return payment_page(request, repayment, ContractForm(initial={"contract_no": repayment.contract_no}))


@requires("repayments.match")
@require_POST
@once
def match(request: SignedInRequest, repayment_id: int) -> HttpResponse:
    repayment = payment_or_404(repayment_id)
    form = ContractForm(request.POST)
    if not form.is_valid():
        return payment_page(request, repayment, form, status=422)
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
    repayment = payment_or_404(repayment_id)
    try:
        release_repayment(repayment=repayment, actor=request.user, now=clock.database_now())
        messages.success(request, _("已取消匹配，还款回到待匹配。"))
    except MatchRefused as refused:
        messages.error(request, str(refused))
    return redirect("cases:waiting_payment", repayment.pk)


def payment_or_404(repayment_id: int) -> Repayment:
    """Waiting, split or matched money only: other payments are read on the record of their case."""
    return get_object_or_404(reads.in_hand(), pk=repayment_id)


def payment_page(
    request: SignedInRequest,
    repayment: Repayment,
    form: ContractForm,
    *,
    split_form: SplitForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page of one payment. `split_form` is the split as it was typed, when something is wrong with it."""
    found = None
    if repayment.loan_id is None and form.is_bound and form.is_valid():
        found = find_contract(repayment=repayment, contract_no=form.cleaned_data["contract_no"])
        if found is None:
            form.add_error("contract_no", _("账簿中没有这份合同，请核对合同编号"))
            status = 422
    if found is not None and split_form is None:
        split_form = split_form_of(repayment, found, designated=request.POST.get("designated", ""))
    split = split_of(repayment)
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
        "split_form": split_form,
        "split": split,
        "split_rows": rows_of(split) if split else (),
    }
    return render(request, "cases/repayments/payment.html", context, status=status)
