"""Files for agencies: making one, taking one, and the agency's receipt."""

from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from collection_ops.core import clock
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.services.form_tokens import once
from collection_ops.core.tables import CONTENT_TYPES
from vendors.models import Agency, FieldProfile, PlacementBatch, PlacementFile
from vendors.placement import file_jobs
from vendors.placement import files as service
from vendors.placement.batch_views import LARGEST_ID, MAKE, _batch, _words, show
from vendors.placement.forms import FieldsForm, FileForm
from vendors.placement.rule import PlacementRefused

JUDGE = "agencies.judge"


@requires(MAKE)
@require_http_methods(["GET", "POST"])
@never_cache
@once
def placement_file_new(request: SignedInRequest, batch_id: int, agency_id: int) -> HttpResponse:
    """GET proposes a password, shown on this page only; POST writes the file with it. It is kept nowhere."""
    batch, agency = _batch(batch_id), _agency(agency_id)
    now = clock.database_now()
    status = 200
    if request.method == "POST":
        form = FileForm(request.POST)
        status = 400
        if form.is_valid():
            try:
                return _make(request, batch, agency, form.cleaned_data["password"], now)
            except PlacementRefused as refused:
                form.add_error(refused.field or None, str(refused))
                status = 409
    else:
        form = FileForm(initial={"password": service.new_password()})
    full_phone = service.shows_full_phone(agency.pk, clock.business_date(now))
    context = {
        "form": form,
        "batch": batch,
        "agency": agency,
        "columns": [column.title for column in service.columns()],
        "full_phone": full_phone,
    }
    return render(request, "vendors/placement/file_new.html", context, status=status)


def _make(
    request: SignedInRequest, batch: PlacementBatch, agency: Agency, password: str, now: datetime
) -> HttpResponse:
    """At once, or a long list in the background."""
    given: dict[str, Any] = {"batch": batch, "agency": agency, "password": password, "actor": request.user}
    if file_jobs.is_long(batch, agency):
        job = file_jobs.ask_file(**given)
        messages.info(request, _("案件较多，正在后台生成文件；可以离开本页，完成后会收到通知。密码不再显示"))
        return redirect("core:job", job.pk)
    file = service.make_file(**given, now=now)
    said = {"agency": agency.name, "count": file.rows}
    messages.success(request, _("已生成 %(agency)s 的文件，%(count)s 件。密码不再显示") % said)
    return redirect("vendors:placement", batch_id=batch.pk)


@requires(MAKE)
@require_POST
@once
def placement_file_take(request: SignedInRequest, file_id: int) -> HttpResponse:
    """Say why; the file follows."""
    file = _file(file_id)
    try:
        taken = service.ask_download(
            file=file, reason=_words(request, "reason"), actor=request.user, now=clock.database_now()
        )
    except PlacementRefused as refused:
        return show(request, _batch(file.batch_id), refused, typed_for=file.pk)
    return redirect("vendors:placement_download", download_id=taken.pk)


@requires(MAKE)
@require_GET
@never_cache
def placement_download(request: SignedInRequest, download_id: int) -> HttpResponseBase:
    """The encrypted file, for some minutes, to whoever said why."""
    found = service.find_download(download_id=download_id, actor=request.user, now=clock.database_now())
    if found is None:
        raise Http404
    return FileResponse(
        found.path.open("rb"), as_attachment=True, filename=found.name, content_type=CONTENT_TYPES["xlsx"]
    )


@requires(MAKE)
@require_POST
@once
def placement_receipt(request: SignedInRequest, file_id: int) -> HttpResponse:
    """What the agency said when it had the file."""
    file = _file(file_id)
    count = request.POST.get("count", "")
    day = _day(request.POST.get("received_on", ""))
    try:
        if day is None:
            raise PlacementRefused(_("请填写签收日期"), "received_on")
        service.receive(
            file=file,
            received_on=day,
            received_by=_words(request, "received_by"),
            count=int(count) if count.isascii() and count.isdigit() and len(count) < 9 else 0,
            actor=request.user,
            now=clock.database_now(),
        )
    except PlacementRefused as refused:
        return show(request, _batch(file.batch_id), refused, typed_for=file.pk)
    messages.success(request, _("已登记签收"))
    return redirect("vendors:placement", batch_id=file.batch_id)


@requires(JUDGE)
@require_http_methods(["GET", "POST"])
@once
def placement_fields(request: SignedInRequest, agency_id: int) -> HttpResponse:
    """What an agency's files show beyond the least, with the history of it."""
    agency = _agency(agency_id)
    now = clock.database_now()
    form = FieldsForm(request.POST or None, initial={"effective_from": clock.business_date(now)})
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            told = form.cleaned_data
            try:
                service.set_profile(
                    agency=agency,
                    full_phone=told["full_phone"],
                    effective_from=told["effective_from"],
                    reason=told["reason"],
                    actor=request.user,
                    now=now,
                )
            except PlacementRefused as refused:
                form.add_error(refused.field or None, str(refused))
                status = 409
            else:
                messages.success(request, _("已保存"))
                return redirect("vendors:placement_fields", agency_id=agency.pk)
    past = FieldProfile.objects.filter(agency=agency).select_related("set_by").order_by("-effective_from", "-pk")[:50]
    context = {"agency": agency, "form": form, "past": past}
    return render(request, "vendors/placement/fields.html", context, status=status)


def _agency(agency_id: int) -> Agency:
    found = Agency.objects.select_related("desk").filter(pk=min(agency_id, LARGEST_ID)).first()
    if found is None:
        raise Http404
    return found


def _file(file_id: int) -> PlacementFile:
    found = PlacementFile.objects.filter(pk=min(file_id, LARGEST_ID)).first()
    if found is None:
        raise Http404
    return found


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None
