"""Exporting the case list."""

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from cases import selectors
from cases.filters import CaseFilter, chips_of
from cases.forms import ExportForm
from cases.models import Case
from cases.services import export as service
from collection_ops.core import clock
from collection_ops.core.access import has, requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.navigation import url_of
from collection_ops.core.services.form_tokens import once
from collection_ops.core.tables import CONTENT_TYPES


@requires("cases.export")
@require_http_methods(["GET", "POST"])
@once
def export(request: SignedInRequest) -> HttpResponse:
    """GET shows what would be exported and asks why; POST queues it."""
    user = request.user
    query = QueryDict(request.POST.get("query", "")[:2000]) if request.method == "POST" else request.GET
    filterset = CaseFilter(query, Case.objects.for_user(user, "cases.export"))
    form = ExportForm(request.POST or None, may_unmask=has(user, "cases.export_unmasked"))
    if request.method == "POST" and form.is_valid():
        try:
            service.request_export(
                actor=user,
                query=filterset.query,
                file_format=form.cleaned_data["file_format"],
                unmasked=form.cleaned_data.get("unmasked", False),
                reason=form.cleaned_data["reason"],
                language=get_language() or "zh-hans",
            )
        except service.ExportRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("导出已开始，完成后在“我的任务”中下载；文件保留 24 小时。"))
            return redirect(url_of("core:tasks") or f"{reverse('cases:list')}?{filterset.address()}")
    context = {
        "form": form,
        "chips": chips_of(filterset, names=selectors.source_and_desk_names(user), sort=""),
        "totals": selectors.totals_of(filterset.filtered),
        "query": filterset.address(),
        "back": f"{reverse('cases:list')}?{filterset.address()}",
    }
    return render(request, "cases/export.html", context)


@requires("cases.export")
@require_GET
def download(request: SignedInRequest, job_id: int) -> HttpResponseBase:
    """One's own finished export. Somebody else's, an expired one and none at all look the same."""
    found = service.find_export(job_id=job_id, actor=request.user, now=clock.now())
    if found is None:
        raise Http404
    response = FileResponse(
        found.path.open("rb"),
        as_attachment=True,
        filename=found.download_name,
        content_type=CONTENT_TYPES[found.file_format],
    )
    response["X-Content-Type-Options"] = "nosniff"
    return response
