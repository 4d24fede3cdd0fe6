"""Files back from agencies: the list with its upload, one file with its rows, and what is done with it."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from cases.models import Case
from collection_ops.core import clock
from collection_ops.core.access import has, requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.models import JobState
from collection_ops.core.paging import key_page
from collection_ops.core.services.form_tokens import once
from collection_ops.core.tables import CONTENT_TYPES
from compliance.models import AgencyFeed
from vendors.models import Agency, AgencyState, ReturnedFile, ReturnedState, Verdict
from vendors.returns import files as service
from vendors.returns.export import refused_file, sentence_of, sentences
from vendors.returns.forms import FilterForm, UploadForm
from vendors.returns.refusals import ReturnRefused
from vendors.returns.selectors import amounts_of, cases_seen, reasons_of, returned_files, row_page

VIEW, LOAD = "returns.view", service.LOAD
LARGEST_ID = 2**63 - 1
TONES = {
    ReturnedState.READING: "info", ReturnedState.REFUSED: "danger", ReturnedState.PREVIEW: "warning",
    ReturnedState.APPLYING: "info", ReturnedState.APPLIED: "success", ReturnedState.DISCARDED: "neutral",
}  # fmt: skip
VERDICT_TONES = {Verdict.FINE: "info", Verdict.KNOWN: "neutral", Verdict.REFUSED: "danger", Verdict.DONE: "success"}


@requires(VIEW)
@require_GET
def returned_list(request: SignedInRequest) -> HttpResponse:
    """The files, newest first, and until when each agency has told its contacts."""
    return _list_page(request)


def _list_page(request: SignedInRequest, form: UploadForm | None = None, *, status: int = 200) -> HttpResponse:
    asked = FilterForm(request.GET or None)
    given = asked.cleaned_data if asked.is_valid() else {}
    agency = given.get("agency")
    found = returned_files(
        agency=agency.pk if agency else None, kind=given.get("kind") or "", state=given.get("state") or ""
    )
    page = key_page(request, found)
    today = clock.business_date(clock.now())
    context = {
        "rows": [{"one": one, "tone": TONES[ReturnedState(one.state)]} for one in page.rows],
        "feeds": _feeds(),
        "asked": asked,
        "filtered": any(given.values()),
        "form": (form or UploadForm(initial={"first_day": today, "last_day": today}))
        if has(request.user, LOAD)
        else None,
        "previous_url": page.previous_url,
        "next_url": page.next_url,
    }
    return render(request, "vendors/returns/list.html", context, status=status)


def _feeds() -> list[dict[str, Any]]:
    """Until when agencies that have cases have told what they did; the longest silence first."""
    heard = dict(AgencyFeed.objects.values_list("org", "received_at"))
    in_hand = Case.objects.open().filter(desk=OuterRef("desk"))
    working = Agency.objects.filter(Exists(in_hand), state=AgencyState.ACTIVE).select_related("desk").order_by("name")
    told = [(heard.get(one.desk.code), one) for one in working]
    told.sort(key=lambda pair: pair[0].timestamp() if pair[0] else 0)
    return [{"agency": one, "heard": at} for at, one in told]


@requires(LOAD)
@require_POST
@once
def returned_upload(request: SignedInRequest) -> HttpResponse:
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _list_page(request, form, status=400)
    told = form.cleaned_data
    try:
        file = service.receive(
            file=told["file"], file_name=told["file"].name, agency=told["agency"], kind=told["kind"],
            first_day=told["first_day"], last_day=told["last_day"], actor=request.user, now=clock.database_now(),
        )  # fmt: skip
    except ReturnRefused as refused:
        form.add_error(refused.field or None, str(refused))
        return _list_page(request, form, status=409)
    return redirect("vendors:returned", file.pk)


@requires(VIEW)
@require_GET
def returned(request: SignedInRequest, file_id: int) -> HttpResponse:
    """One file: what would come in, what is known, what stays out and why."""
    return _one_page(request, _file(file_id))


def _one_page(request: SignedInRequest, file: ReturnedFile, *, refused: str = "", status: int = 200) -> HttpResponse:
    verdict = request.GET.get("verdict", "")
    rows = file.rows.filter(verdict=verdict) if verdict in Verdict.values else file.rows.all()
    page = row_page(rows, after=key_in(request, "after"), before=key_in(request, "before"))
    seen = cases_seen(request.user, {row.case_id for row in page.rows if row.case_id})
    stuck = file.job is not None and file.job.state in (JobState.FAILED, JobState.DEAD)
    loads = has(request.user, LOAD)
    fine = file.counts.get(Verdict.FINE, 0) or file.kind == "contacts"
    sums = amounts_of(file)
    context = {
        "file": file,
        "tone": TONES[ReturnedState(file.state)],
        "tiles": [
            {"value": value, "label": label, "count": file.counts[value], "amount": sums.get(value)}
            for value, label in Verdict.choices
            if file.counts.get(value)
        ],
        "refusal": sentence_of(file.refusal) if file.refusal else "",
        "notes": [sentence_of(one) for one in file.notes],
        "reasons": [{"count": count, "example": sentences(row)[0]} for count, row in reasons_of(file)],
        "rows": [
            {
                "row": row,
                "tone": VERDICT_TONES[Verdict(row.verdict)],
                "sentences": sentences(row),
                "case_id": row.case_id if row.case_id in seen else None,
            }
            for row in page.rows
        ],
        "verdict": verdict,
        "gap": service.gap_before(file) if file.state == ReturnedState.PREVIEW else None,
        "waits": file.state in (ReturnedState.READING, ReturnedState.APPLYING) and not stuck,
        "stuck": stuck and file.state in (ReturnedState.READING, ReturnedState.APPLYING),
        "may_apply": loads
        and ((file.state == ReturnedState.PREVIEW and fine) or (file.state == ReturnedState.APPLYING and stuck)),
        "may_discard": loads
        and (file.state == ReturnedState.PREVIEW or (file.state == ReturnedState.READING and stuck)),
        "has_refused": file.counts.get(Verdict.REFUSED) or file.counts.get(Verdict.KNOWN),
        "refused": refused,
        "previous_url": _address(verdict, before=page.before),
        "next_url": _address(verdict, after=page.after),
    }
    return render(request, "vendors/returns/file.html", context, status=status)


def key_in(request: SignedInRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    return min(int(text), LARGEST_ID) if text.isascii() and text.isdigit() and len(text) < 20 else None


def _address(verdict: str, **key: int | None) -> str:
    return f"?{urlencode({'verdict': verdict, **key})}" if None not in key.values() else ""


@requires(LOAD)
@require_POST
@once
def returned_apply(request: SignedInRequest, file_id: int) -> HttpResponse:
    file = _file(file_id)
    try:
        service.request_apply(file=file, actor=request.user, now=clock.database_now())
    except ReturnRefused as refused:
        return _one_page(request, _file(file_id), refused=str(refused), status=409)
    return redirect("vendors:returned", file.pk)


@requires(LOAD)
@require_POST
@once
def returned_discard(request: SignedInRequest, file_id: int) -> HttpResponse:
    file = _file(file_id)
    try:
        service.discard(file=file, actor=request.user, now=clock.database_now())
    except ReturnRefused as refused:
        return _one_page(request, _file(file_id), refused=str(refused), status=409)
    messages.success(request, _("已放弃这份文件，内容已清除"))
    return redirect("vendors:returned_list")


@requires(VIEW)
@require_GET
def returned_rows_file(request: SignedInRequest, file_id: int) -> HttpResponse:
    """The rows that stay out, for the agency."""
    file = _file(file_id)
    return workbook(refused_file(file, actor=request.user, now=clock.database_now()), f"{file.number}-refused.xlsx")


def workbook(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=CONTENT_TYPES["xlsx"])
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _file(file_id: int) -> ReturnedFile:
    rows = ReturnedFile.objects.select_related("agency__desk", "job", "uploaded_by", "applied_by")
    found: ReturnedFile = get_object_or_404(rows, pk=min(file_id, LARGEST_ID))
    return found
