"""The clerk's inbox: what has arrived, what waits, and the drop zone."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from cases.forms_imports import UploadForm
from cases.imports import run as importer
from cases.imports.refusals import RunRefused
from cases.keyset import SortKey, keyset_page
from cases.models import RunState
from cases.selectors_inbox import runs_listed, source_health
from cases.views.paging import asked, neighbours
from collection_ops.core import clock
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.services.form_tokens import once

PAGE_SIZE = 20
BY_NEWEST = SortKey(name="newest", field="pk", kind="integer")


@requires("imports.view")
@require_GET
def inbox(request: SignedInRequest) -> HttpResponse:
    return _inbox(request, UploadForm(today=clock.business_date(clock.now())))


@requires("imports.upload")
@require_POST
@once
def upload(request: SignedInRequest) -> HttpResponse:
    now = clock.now()
    form = UploadForm(request.POST, request.FILES, today=clock.business_date(now))
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            run = importer.receive(
                file=file.file,
                file_name=file.name,
                source=form.cleaned_data["source"],
                as_of=form.cleaned_data["as_of"],
                expected_rows=form.cleaned_data["expected_rows"],
                expected_total=form.cleaned_data["expected_total"],
                actor=request.user,
                now=now,
                kind=form.cleaned_data["kind"],
            )
        except RunRefused as no_room:
            form.add_error("file", no_room.message)
            return _inbox(request, form, status=507)
        return redirect("cases:import_run", run.pk)
    return _inbox(request, form, status=422)


def _inbox(request: SignedInRequest, form: UploadForm, *, status: int = 200) -> HttpResponse:
    now = clock.now()
    chosen = {"source": asked(request, "source"), "state": asked(request, "state")}
    page = keyset_page(
        runs_listed(**chosen),
        key=BY_NEWEST,
        descending=True,
        size=PAGE_SIZE,
        after=asked(request, "after"),
        before=asked(request, "before"),
    )
    health = source_health(now=now, today=clock.business_date(now))
    context: dict[str, Any] = {
        "form": form,
        "health": health,
        "page": page,
        "chosen": chosen,
        "states": RunState.choices,
        "file_stems": {line.source.pk: stem_of(line.last.file_name) for line in health if line.last},
        **neighbours(request, page),
    }
    return render(request, "cases/imports/inbox.html", context, status=status)


def stem_of(file_name: str) -> str:
    """The part of a file name that stays from day to day: letters before the first figure."""
    stem = ""
    for character in file_name.rpartition(".")[0] or file_name:
        if character.isdigit():
            break
        stem += character
    return stem.strip(" _-(（")
