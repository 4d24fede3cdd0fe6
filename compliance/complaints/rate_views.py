"""How often people complain: the house, by person, unit, agency, type and source, and the regulator's categories."""

import tempfile
from datetime import date
from pathlib import Path
from typing import Any

from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from collection_ops.core import clock
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.paging import key_page
from collection_ops.core.services import audit
from collection_ops.core.tables import CONTENT_TYPES, FORMATS, Column, open_table
from compliance.complaints.rate_forms import PeriodForm, presets
from compliance.complaints.rate_shown import CAPABILITY, WORDS, bars, counted_in, named, sees_agencies_only, ways
from compliance.complaints.rates import LEAST_CONTACTED, By, by_month, rates, rates_by


@requires(CAPABILITY)
@require_GET
def complaint_rates(request: SignedInRequest) -> HttpResponse:
    """The rate of a period with the twelve months before, a table, the return, and what one line counts (`key`)."""
    user, today = request.user, clock.business_date(clock.now())
    form, first, last = _period(request, today)
    by, agencies = _by(request), sees_agencies_only(user)
    key = request.GET.get("key", "").replace("\x00", "")[:32]
    found = rates_by(first, last, ("house", by, "category"), agencies=agencies, today=today)
    (whole,), rows = found["house"], named(found[by], by, user)
    chosen = next((row for row in rows if key and row.line.key == key), None)
    period = urlencode({"first": first.isoformat(), "last": last.isoformat()})
    context = {
        "form": form,
        "first": first,
        "last": last,
        "period": period,
        "presets": [
            (
                label,
                urlencode({"first": start.isoformat(), "last": end.isoformat(), "by": str(by)}),
                (start, end) == (first, last),
            )
            for label, start, end in presets(today)
        ],
        "ways": [(way, WORDS[way]) for way in ways(user)],
        "by": by,
        "word": WORDS[by],
        "whole": whole,
        "least": LEAST_CONTACTED.on(last),
        "agencies": agencies,
        "rows": rows,
        "of_people": by in ("user", "unit"),
        "of_house": by in ("type", "source"),
        "categories": named(found["category"], "category", user),
        "bars": bars(by_month(last.replace(day=1), agencies=agencies), today),
        "chosen": chosen,
    }
    if chosen is not None:
        counted = counted_in(first, last, by=by, key=key, agencies=agencies, reader=user)
        context["page"] = key_page(request, counted.defer("narrative", "demand", "finding", "remedy"))
    return render(request, "compliance/complaints/rates.html", context, status=200 if not form.errors else 400)


@requires(CAPABILITY)
@require_GET
def complaint_rates_export(request: SignedInRequest) -> HttpResponse:
    """One table of the page as a file; names of people, nothing of debtors. The trail keeps who took it."""
    user, now, file_format = request.user, clock.now(), request.GET.get("format", "xlsx")
    if file_format not in FORMATS:
        raise Http404
    today = clock.business_date(now)
    _form, first, last = _period(request, today)
    by: By = "category" if request.GET.get("by") == "category" else _by(request)
    rows = named(rates(first, last, by, agencies=sees_agencies_only(user), today=today), by, user)
    name = f"complaint-rates-{by}-{first:%Y%m%d}-{last:%Y%m%d}.{file_format}"
    columns = [
        Column(WORDS[by]), Column(_("投诉件数"), "integer"), Column(_("其中撤回"), "integer"),
        Column(_("其中未办结"), "integer"), Column(_("联系到的客户"), "integer"), Column(_("每万客户投诉"), "money"),
        Column(_("已决定"), "integer"), Column(_("属实"), "integer"), Column(_("属实率"), "percent"),
        Column(_("到期"), "integer"), Column(_("按期办结"), "integer"), Column(_("按期率"), "percent"),
    ]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder, transaction.atomic():
        path = Path(folder) / "rates"
        with open_table(
            path, file_format=file_format, title=_("投诉率 %(first)s 至 %(last)s") % {"first": first, "last": last},
            columns=columns, exported_by=str(user), exported_at=now,
        ) as table:  # fmt: skip
            for row in rows:
                counts = row.line.counts
                table.write_row(
                    [
                        row.label, counts.complaints, counts.withdrawn, counts.open, counts.contacted, row.line.rate,
                        counts.decided, counts.upheld, _share(row.line.upheld_rate), counts.due, counts.in_time,
                        _share(row.line.in_time_rate),
                    ]
                )  # fmt: skip
        audit.record(
            action="complaint_rates.exported",
            actor=user,
            data={"by": by, "first": first.isoformat(), "last": last.isoformat(), "rows": table.rows},
        )
        response = HttpResponse(path.read_bytes(), content_type=CONTENT_TYPES[file_format])
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _share(percent: Any) -> Any:
    return None if percent is None else percent / 100


def _period(request: SignedInRequest, today: date) -> tuple[PeriodForm, date, date]:
    """The period asked for; the month so far where none is, or where it makes no sense."""
    _label, first, last = presets(today)[0]
    typed = {name: request.GET[name] for name in ("first", "last") if request.GET.get(name)}
    form = PeriodForm({"first": first, "last": last} | typed)
    if form.is_valid():
        return form, form.cleaned_data["first"], form.cleaned_data["last"]
    return form, first, last


def _by(request: SignedInRequest) -> By:
    allowed = ways(request.user)
    return next((way for way in allowed if way == request.GET.get("by")), allowed[0])
