"""Files of a case: the tab, adding one, taking one."""

from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from cases import selectors_care as reads
from cases.forms_care import AttachForm
from cases.models import Case
from cases.names import shown_names
from cases.record_tabs import record_tab
from cases.services.attachments import CONTENT_TYPES, AttachmentRefused, attach, taken_file
from cases.views.care import case_or_404, say
from collection_ops.core import clock
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.services.form_tokens import once

MOST_SHOWN = 200


@record_tab(
    "files", label=gettext_lazy("附件"), template="cases/care/_files_tab.html", order=70, capability="files.view"
)
def files_tab(request: SignedInRequest, case: Case) -> dict[str, Any]:
    return {"files": list(reads.attachments_of(case)[:MOST_SHOWN])}


@requires("files.add")
@require_http_methods(["GET", "POST"])
@once
def add(request: SignedInRequest, case_id: int) -> HttpResponse:
    case = case_or_404(request, case_id, "files.add")
    form = AttachForm(request.POST or None, request.FILES or None)
    back = f"{reverse('cases:record', args=[case.pk])}?tab=files"
    told, status = "", 200 if request.method == "GET" else 400
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            attach(
                case=case, file=file, file_name=file.name, note=form.cleaned_data["note"], actor=request.user,
                now=clock.now(),
            )  # fmt: skip
        except AttachmentRefused as refused:
            told, status = say(form, refused), 409
        else:
            messages.success(request, _("附件已保存"))
            return redirect(back)
    name = shown_names(request.user, [case])[case.pk]
    context = {"case": case, "form": form, "name": name, "back": back, "told": told}
    return render(request, "cases/care/attach.html", context, status=status)


@requires("files.view")
@require_POST
def take(request: SignedInRequest, attachment_id: int) -> HttpResponseBase:
    """The file as it came: a post, since taking it is an event. Never shown in the browser, whatever it holds."""
    found = reads.find_attachment(request.user, attachment_id)
    taken = taken_file(attachment=found, actor=request.user) if found is not None else None
    if found is None or taken is None:
        raise Http404
    path, name = taken
    response = FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type=CONTENT_TYPES[found.kind])
    response["X-Content-Type-Options"] = "nosniff"
    return response
