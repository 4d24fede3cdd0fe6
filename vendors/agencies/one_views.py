"""One agency: how it stands, what it has shown, who works there, how it was judged, how it leaves."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cases.views.care import say
from collection_ops.core import clock
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.services.form_tokens import once
from vendors.agencies import forms as given_forms
from vendors.agencies import judging, leaving, papers, people, register
from vendors.agencies.one_page import agency_page, find_agency
from vendors.agencies.people import Certificate
from vendors.agencies.refusals import AgencyRefused
from vendors.agencies.register import EDIT, JUDGE, VIEW
from vendors.models import Agency, AgencyDocument


@requires(VIEW)
@require_GET
def agency(request: SignedInRequest, agency_id: int) -> HttpResponse:
    return agency_page(request, find_agency(agency_id))


@requires(EDIT)
@require_http_methods(["GET", "POST"])
@once
def edit(request: SignedInRequest, agency_id: int) -> HttpResponse:
    """Master data. Somebody else's change in between is said, and nothing typed is lost."""
    row = find_agency(agency_id)
    form = given_forms.MasterForm(request.POST or None, agency=row)
    told, status = "", 200 if request.method == "GET" else 400
    if request.method == "POST" and form.is_valid():
        try:
            register.change_master(
                agency=row, master=form.master(), based_on=form.cleaned_data["based_on"], actor=request.user
            )
        except AgencyRefused as refused:
            told, status = say(form, refused), 409
            row = find_agency(agency_id)
            form.data = {**request.POST.dict(), "based_on": register.mark_of(row)}
        else:
            messages.success(request, _("机构资料已保存"))
            return redirect("vendors:agency", row.pk)
    context = {"agency": row, "form": form, "told": told}
    return render(request, "vendors/agencies/edit.html", context, status=status)


@requires(EDIT)
@require_POST
@once
def listing(request: SignedInRequest, agency_id: int) -> HttpResponse:
    form = given_forms.ListingForm(request.POST)
    return _act(request, agency_id, "listing", form, register.set_listing, _("名单与公示已保存"))


@requires(EDIT)
@require_POST
@once
def document(request: SignedInRequest, agency_id: int) -> HttpResponse:
    form = given_forms.DocumentForm(request.POST, request.FILES)

    def keep(*, agency: Agency, actor: Any, **_typed: Any) -> None:
        papers.record_document(agency=agency, actor=actor, **_moment(), **_with_file(form.given()))

    return _act(request, agency_id, "document", form, keep, _("文件已登记"))


@requires(VIEW)
@require_POST
def document_file(request: SignedInRequest, document_id: int) -> HttpResponseBase:
    """The file as it came: a post, since taking it is an event. Never shown in the browser, whatever it holds."""
    rows = AgencyDocument.objects.select_related("agency")
    found = rows.filter(pk=document_id).first() if document_id < 2**63 else None
    taken = papers.taken_file(document=found, actor=request.user) if found is not None else None
    if taken is None:
        raise Http404
    path, name, content_type = taken
    response = FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type=content_type)
    response["X-Content-Type-Options"] = "nosniff"
    return response


@requires(EDIT)
@require_POST
@once
def person(request: SignedInRequest, agency_id: int) -> HttpResponse:
    form = given_forms.PersonForm(request.POST)

    def keep(*, agency: Agency, actor: Any, **typed: Any) -> None:
        people.record_person(agency=agency, actor=actor, day=_moment()["day"], **_with_certificate(typed))

    return _act(request, agency_id, "person", form, keep, _("人员已登记"))


@requires(EDIT)
@require_POST
@once
def certificate(request: SignedInRequest, agency_id: int) -> HttpResponse:
    form = given_forms.CertificateForm(request.POST, prefix="certificate", agency=find_agency(agency_id))

    def keep(*, agency: Agency, actor: Any, **typed: Any) -> None:
        people.renew_certificate(actor=actor, day=_moment()["day"], **_with_certificate(typed))

    return _act(request, agency_id, "certificate", form, keep, _("证书已更新"))


@requires(EDIT)
@require_POST
@once
def left(request: SignedInRequest, agency_id: int) -> HttpResponse:
    form = given_forms.LeftForm(request.POST, prefix="left", agency=find_agency(agency_id))

    def keep(*, agency: Agency, actor: Any, **typed: Any) -> None:
        people.person_left(actor=actor, day=_moment()["day"], **typed)

    return _act(request, agency_id, "left", form, keep, _("离岗已登记"))


@requires(JUDGE)
@require_POST
@once
def check(request: SignedInRequest, agency_id: int) -> HttpResponse:
    form = given_forms.CheckForm(request.POST, prefix="check")
    return _act(request, agency_id, "check", form, _dated(judging.record_check), _("核查结果已登记"))


@requires(JUDGE)
@require_POST
@once
def evaluation(request: SignedInRequest, agency_id: int) -> HttpResponse:
    form = given_forms.EvaluationForm(request.POST, prefix="evaluation")
    return _act(request, agency_id, "evaluation", form, _dated(judging.record_evaluation), _("评价已登记"))


@requires(JUDGE)
@require_POST
@once
def activate(request: SignedInRequest, agency_id: int) -> HttpResponse:
    def begin(*, agency: Agency, actor: Any) -> None:
        register.activate(agency=agency, actor=actor, day=_moment()["day"])

    return _act(request, agency_id, "activate", forms.Form(request.POST), begin, _("机构已启用，可以委案"))


@requires(EDIT)
@require_POST
@once
def stop(request: SignedInRequest, agency_id: int) -> HttpResponse:
    form = given_forms.ReasonForm(request.POST, prefix="stop")
    return _act(request, agency_id, "stop", form, register.stop, _("已停止向该机构委案"))


@requires(JUDGE)
@require_POST
@once
def resume(request: SignedInRequest, agency_id: int) -> HttpResponse:
    form = given_forms.ReasonForm(request.POST, prefix="resume")

    def begin(*, agency: Agency, actor: Any, reason: str) -> None:
        register.resume(agency=agency, reason=reason, actor=actor, day=_moment()["day"])

    return _act(request, agency_id, "resume", form, begin, _("已恢复向该机构委案"))


@requires(EDIT)
@require_POST
@once
def exit_begin(request: SignedInRequest, agency_id: int) -> HttpResponse:
    form = given_forms.BeginExitForm(request.POST, prefix="exit")

    def begin(*, agency: Agency, actor: Any, **typed: Any) -> None:
        leaving.begin_exit(agency=agency, actor=actor, day=_moment()["day"], **typed)

    return _act(request, agency_id, "exit_begin", form, begin, _("退出已开始，不再向该机构委案"))


@requires(EDIT)
@require_POST
@once
def exit_accounts(request: SignedInRequest, agency_id: int) -> HttpResponse:
    form = given_forms.DayForm(request.POST, prefix="accounts")
    return _act(request, agency_id, "exit_accounts", form, _dated(leaving.close_accounts), _("账号关闭已登记"))


@requires(EDIT)
@require_POST
@once
def exit_data(request: SignedInRequest, agency_id: int) -> HttpResponse:
    form = given_forms.DayForm(request.POST, prefix="data")
    return _act(request, agency_id, "exit_data", form, _dated(leaving.data_returned), _("数据返还已登记"))


@requires(EDIT)
@require_POST
@once
def exit_deletion(request: SignedInRequest, agency_id: int) -> HttpResponse:
    form = given_forms.DeletionForm(request.POST, request.FILES, prefix="deletion")

    def keep(*, agency: Agency, actor: Any, **typed: Any) -> None:
        leaving.certify_deletion(agency=agency, actor=actor, **_moment(), **_with_file(typed))

    return _act(request, agency_id, "exit_deletion", form, keep, _("删除证明已登记"))


@requires(EDIT)
@require_POST
@once
def exit_finish(request: SignedInRequest, agency_id: int) -> HttpResponse:
    form = forms.Form(request.POST)
    return _act(request, agency_id, "exit_finish", form, _dated(leaving.finish_exit), _("机构已退出"))


def _act(
    request: SignedInRequest, agency_id: int, name: str, form: forms.Form, act: Callable[..., Any], done: str
) -> HttpResponse:
    """Send the form to the service; a refusal comes back on the page, beside what was typed."""
    row = find_agency(agency_id)
    if not form.is_valid():
        return agency_page(request, row, sent={name: form}, status=400)
    try:
        act(agency=row, actor=request.user, **form.cleaned_data)
    except AgencyRefused as refused:
        told = say(form, refused)
        return agency_page(
            request, find_agency(agency_id), sent={name: form}, told=told, told_all=refused.obstacles, status=409
        )
    messages.success(request, done)
    return redirect("vendors:agency", row.pk)


def _moment() -> dict[str, Any]:
    now = clock.database_now()
    return {"now": now, "day": clock.business_date(now)}


def _dated(act: Callable[..., Any]) -> Callable[..., Any]:
    return lambda **typed: act(**typed, **_moment())


def _with_file(typed: dict[str, Any]) -> dict[str, Any]:
    file = typed.pop("file", None)
    return {**typed, "file": file or None, "file_name": file.name if file else ""}


def _with_certificate(typed: dict[str, Any]) -> dict[str, Any]:
    certificate = Certificate(typed.pop("certificate_no"), typed.pop("certified_on"), typed.pop("certificate_until"))
    return {**typed, "certificate": certificate}
