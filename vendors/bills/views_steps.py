"""What is done with agencies' bills: hand in, compare, dispute, answer."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from collection_ops.core import clock
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.services.form_tokens import once
from vendors.bills import jobs, keeping
from vendors.bills.answers import AnswerRefused, Chosen, answer_chosen, dispute_chosen
from vendors.bills.forms import AnswerForm, UploadForm
from vendors.bills.reading import BillRefused
from vendors.bills.views import MAKE, bill_of, bill_page, list_page
from vendors.models import MatchKind


@requires(MAKE)
@require_POST
@once
def bill_upload(request: SignedInRequest) -> HttpResponse:
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return list_page(request, form, status=400)
    told = form.cleaned_data
    try:
        found, is_new = keeping.take_in(
            agency=told["agency"], period=told["month"], file=told["file"].file, file_name=told["file"].name,
            actor=request.user, now=clock.database_now(),
        )  # fmt: skip
    except BillRefused as refused:
        return list_page(request, form, reasons=refused.reasons, status=409)
    if not is_new:
        messages.info(request, _("这份文件已经上传过，没有重复登记"))
    elif keeping.has_statement(found):
        messages.success(request, _("已读取 %(count)s 行，正在与结算单核对") % {"count": found.rows})
        return redirect("core:job", jobs.enqueue(bill=found, actor=request.user).pk)
    else:
        messages.success(request, _("已读取 %(count)s 行；结算单生成后再核对") % {"count": found.rows})
    return redirect("vendors:bill", found.pk)


@requires(MAKE)
@require_POST
@once
def bill_compare(request: SignedInRequest, bill_id: int) -> HttpResponse:
    found = bill_of(bill_id)
    if not keeping.has_statement(found):
        refused = _("%(month)s 的结算单还没有生成，生成后再核对") % {"month": f"{found.period:%Y-%m}"}
        return bill_page(request, found, refused=refused, status=409)
    messages.success(request, _("正在与结算单核对"))
    return redirect("core:job", jobs.enqueue(bill=found, actor=request.user).pk)


@requires(MAKE)
@require_POST
@once
def bill_dispute(request: SignedInRequest, bill_id: int) -> HttpResponse:
    """The ticked matches, or all of a class (`class`)."""
    found, chosen = bill_of(bill_id), _chosen(request)
    if not chosen.numbers and not chosen.kind:
        return bill_page(request, found, refused=_("请先勾选，或选择一个类别"), status=400)
    try:
        made = dispute_chosen(bill=found, chosen=chosen, actor=request.user, now=clock.database_now())
    except AnswerRefused as refused:
        return bill_page(request, bill_of(bill_id), refused=str(refused), ticked=set(chosen.numbers), status=409)
    messages.success(request, _("已登记 %(count)s 行争议") % {"count": made})
    return redirect(f"{reverse('vendors:bill', args=[found.pk])}?state=disputed#matches-title")


@requires(MAKE)
@require_POST
@once
def bill_answer(request: SignedInRequest, bill_id: int) -> HttpResponse:
    """The ticked matches; with `all`, all that only the agency has and nobody answered."""
    found, form, chosen = bill_of(bill_id), AnswerForm(request.POST), _chosen(request)
    if request.POST.get("all"):
        chosen = Chosen(kind=MatchKind.THEIRS.value)
    ticked = set(chosen.numbers)
    if not chosen.numbers and not chosen.kind:
        return bill_page(request, found, answer=form, refused=_("请先勾选要答复的项目"), status=400)
    if not form.is_valid():
        return bill_page(request, found, answer=form, ticked=ticked, status=400)
    told = form.cleaned_data
    try:
        made = answer_chosen(
            bill=found, chosen=chosen, resolution=told["resolution"], agreed=told["agreed"], note=told["note"],
            actor=request.user, now=clock.database_now(),
        )  # fmt: skip
    except AnswerRefused as refused:
        return bill_page(request, bill_of(bill_id), answer=form, refused=str(refused), ticked=ticked, status=409)
    messages.success(request, _("已答复 %(count)s 项") % {"count": made})
    return redirect(f"{reverse('vendors:bill', args=[found.pk])}?kind=theirs#matches-title")


def _chosen(request: SignedInRequest) -> Chosen:
    texts = request.POST.getlist("match")
    kind = request.POST.get("class", "")
    if kind in MatchKind.values:
        return Chosen(kind=kind)
    return Chosen(numbers=[int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 10])
