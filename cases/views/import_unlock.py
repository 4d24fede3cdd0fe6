"""The password of a locked workbook: taken once, used, and forgotten with the request."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from cases.forms_imports import UnlockForm
from cases.imports import run as importer
from cases.imports.refusals import RunRefused
from cases.imports.unlocking import tries_left
from cases.imports.unlocking import unlock as open_file
from cases.imports.words.problems import render
from cases.models import RunState
from cases.views.import_run import run_or_404
from collection_ops.core import clock
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.services.form_tokens import once


@requires("imports.upload")
@require_POST
@sensitive_post_parameters("password")
@once
def unlock(request: SignedInRequest, run_id: int) -> HttpResponse:
    run = run_or_404(run_id)
    form = UnlockForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("请输入密码"))
        return redirect("cases:import_run", run.pk)
    try:
        with transaction.atomic():
            if open_file(run=run, password=form.cleaned_data["password"], actor=request.user):
                importer.answer(run=run, answers={}, actor=request.user, now=clock.now())
    except RunRefused as refusal:
        messages.error(request, refusal.message)
    else:
        run.refresh_from_db()
        if run.state == RunState.ASKING:
            messages.error(request, render("password_wrong", {"left": tries_left(run)}))
    return redirect("cases:import_run", run.pk)
