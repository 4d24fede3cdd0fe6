"""What each KPI means (指标口径): all of them, one with its history, and new numbers from a day on."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from collection_ops.core import clock
from collection_ops.core.access import has, requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.services.form_tokens import once
from reports.forms import DefineForm
from reports.kpis import catalogue, in_force
from reports.kpis.definitions import Definition, all_in_force
from reports.kpis.traps import TRAPS
from reports.models import KpiVersion
from reports.services.kpi_versions import VersionRefused, define, newest_number

VERSIONS_SHOWN = 50


@requires("kpi.definitions")
@require_GET
def kpi_definitions(request: SignedInRequest) -> HttpResponse:
    """Every KPI in a line: what is counted, of what, since which version."""
    today = clock.business_date(clock.now())
    versions = all_in_force(day=today)
    lines = [
        {"definition": one, "texts": one.texts(versions[name].params), "version": versions[name]}
        for name, one in catalogue().items()
    ]
    return render(request, "reports/kpi_definitions.html", {"lines": lines})


@requires("kpi.definitions")
@require_GET
def kpi_definition(request: SignedInRequest, name: str) -> HttpResponse:
    """One KPI: its words with the numbers in force, what it does not say, its versions, and the form for those who may."""
    return _page(request, _definition(name))


@requires("kpi.define")
@require_POST
@once
def kpi_define(request: SignedInRequest, name: str) -> HttpResponse:
    """New numbers from a day on; figures up to an earlier day stay what they were."""
    definition, now = _definition(name), clock.database_now()
    today = clock.business_date(now)
    form = _form(definition, request.POST)
    if not form.is_valid():
        return _page(request, definition, form, status=400)
    try:
        row = define(
            definition=definition,
            typed={key: form.cleaned_data[key] for key in definition.params},
            effective_from=form.cleaned_data["effective_from"],
            reason=form.cleaned_data["reason"],
            based_on=form.cleaned_data["based_on"],
            actor=request.user,
            today=today,
            now=now,
        )
    except VersionRefused as refused:
        form.add_error(refused.field or None, str(refused))
        return _page(request, definition, form, status=409)
    messages.success(
        request, _("已保存第 %(number)s 版，自 %(day)s 起生效") % {"number": row.number, "day": row.effective_from}
    )
    return redirect("reports:kpi_definition", definition.name)


def _definition(name: str) -> Definition:
    found = catalogue().get(name)
    if found is None:
        raise Http404
    return found


def _form(definition: Definition, typed: Any = None) -> DefineForm:
    today = clock.business_date(clock.now())
    return DefineForm(
        typed,
        definition=definition,
        version=in_force(definition.name, day=today),
        newest=newest_number(definition.name),
        today=today,
    )


def _page(
    request: SignedInRequest, definition: Definition, form: DefineForm | None = None, *, status: int = 200
) -> HttpResponse:
    today = clock.business_date(clock.now())
    version = in_force(definition.name, day=today)
    rows = (
        KpiVersion.objects.filter(name=definition.name).select_related("made_by").order_by("-number")[:VERSIONS_SHOWN]
    )
    if definition.params and has(request.user, "kpi.define"):
        form = form or _form(definition)
    else:
        form = None
    counter = catalogue().get(definition.counter)
    context = {
        "definition": definition,
        "version": version,
        "texts": definition.texts(version.params),
        "params": [(param, version[name]) for name, param in definition.params.items()],
        "trap": TRAPS.get(definition.name, ""),
        "counter": counter,
        "rows": [
            {"row": row, "params": _numbers(definition, row), "is_coming": row.effective_from > today} for row in rows
        ],
        "form": form,
    }
    return render(request, "reports/kpi_definition.html", context, status=status)


def _numbers(definition: Definition, row: KpiVersion) -> list[tuple[Any, int]]:
    """The numbers of a version with their labels; of a parameter that is no more, its name."""
    return [
        (definition.params[key].label if key in definition.params else key, number)
        for key, number in row.params.items()
    ]
