"""Reconciliation: what balances fell between two files against the money received, and money around a case."""

import tempfile
from datetime import date
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from cases.models import Case, Loan, Source
from cases.names import shown_names
from cases.outside_money import OutsideMoney, outside_page, outside_sums
from cases.reconciliation import GROUP_BY_KEY, Group, Pair, Period, all_pairs, days_of, pairs_page, period_of, reconcile
from cases.selectors import with_relations
from cases.views.paging import asked, neighbours
from collection_ops.core import clock
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.models import User
from collection_ops.core.services import audit
from collection_ops.core.tables import CONTENT_TYPES, Column, open_table

PAGE_SIZE = 50
MOST_IN_EXCEL = 10_000  # rows that are written while somebody waits; a CSV of any number takes a fraction of the time


@requires("repayments.view")
@require_GET
def reconciliation(request: SignedInRequest) -> HttpResponse:
    """Two business dates of one source, the last two unless told otherwise; a group or the second tab opens its rows."""
    sources = list(Source.objects.order_by("code"))
    source = next((one for one in sources if one.code == asked(request, "source")), None) or _first_with_days(sources)
    days = days_of(source) if source else []
    context: dict[str, Any] = {"sources": sources, "source": source, "days": days}
    if source is None or len(days) < 2:
        return render(request, "cases/reconciliation/page.html", context)
    period = period_of(source, **_two_days(request, days))
    group = GROUP_BY_KEY.get(asked(request, "group"))
    is_outside = asked(request, "show") == "outside"
    context |= {"period": period, "group": group, "is_outside": is_outside, "base": _address(period)}
    edges: dict[str, Any] = {"size": PAGE_SIZE, "after": asked(request, "after"), "before": asked(request, "before")}
    if is_outside:
        sums = outside_sums(source, first=period.first, last=period.last)
        outside = outside_page(source, first=period.first, last=period.last, **edges)
        context |= {"sums": sums, "lines": _lines(request.user, outside.rows), **neighbours(request, outside)}
    else:
        context["found"] = reconcile(period)
        if group:
            pairs = pairs_page(period, group=group.key, **edges)
            context |= {"lines": _lines(request.user, pairs.rows), **neighbours(request, pairs)}
    return render(request, "cases/reconciliation/page.html", context)


@requires("repayments.view")
@require_GET
def export(request: SignedInRequest) -> HttpResponse:
    """The contracts of a group, or of all groups but the unchanged, as Excel or CSV. Contract numbers, no names."""
    file_format = "csv" if asked(request, "format") == "csv" else "xlsx"
    source = Source.objects.filter(code=asked(request, "source")).first()
    days = days_of(source) if source else []
    if source is None or len(days) < 2:
        raise Http404
    period = period_of(source, **_two_days(request, days))
    group = GROUP_BY_KEY.get(asked(request, "group"))
    columns = [
        Column(_("合同编号")), Column(_("%(day)s 总额") % {"day": period.first}, "money"),
        Column(_("%(day)s 总额") % {"day": period.last}, "money"), Column(_("余额减少"), "money"),
        Column(_("收到"), "money"), Column(_("差额"), "money"), Column(_("本金增加"), "money"),
        Column(_("息费增加"), "money"), Column(_("归类")), Column(_("可能的原因")),
    ]  # fmt: skip
    now = clock.now()
    with tempfile.TemporaryDirectory() as folder, transaction.atomic():
        path = Path(folder) / "reconciliation"
        title = _("对账 %(source)s %(first)s 至 %(last)s") % {
            "source": source.name, "first": period.first, "last": period.last,
        }  # fmt: skip
        with open_table(
            path, file_format=file_format, title=title, columns=columns, exported_by=str(request.user), exported_at=now
        ) as table:
            for contract_no, pair in all_pairs(period, group=group.key if group else ""):
                if file_format == "xlsx" and table.rows == MOST_IN_EXCEL:
                    return _too_long(request, period, group)
                table.write_row(
                    [
                        contract_no, pair.was_total, pair.now_total, pair.fell, pair.came, pair.difference,
                        pair.principal_rose, pair.costs_rose, str(pair.group.label), str(pair.group.reason),
                    ]
                )  # fmt: skip
        audit.record(
            action="reconciliation.exported",
            actor=request.user,
            obj=source,
            data={
                "first": period.first.isoformat(), "last": period.last.isoformat(), "rows": table.rows,
                "group": group.key if group else "", "format": file_format,
            },
        )  # fmt: skip
        response = HttpResponse(path.read_bytes(), content_type=CONTENT_TYPES[file_format])
    name = f"reconciliation-{source.code}-{period.first:%Y%m%d}-{period.last:%Y%m%d}.{file_format}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _too_long(request: SignedInRequest, period: Period, group: Group | None) -> HttpResponse:
    said = _("超过 %(most)s 行，Excel 写得太慢；请用 CSV，或按归类导出")
    messages.error(request, said % {"most": f"{MOST_IN_EXCEL:,}"})
    return redirect(f"{reverse('cases:reconciliation')}?{_address(period)}{f'&group={group.key}' if group else ''}")


def _first_with_days(sources: list[Source]) -> Source | None:
    """The first source in use that can be reconciled; else the first of all."""
    return next((one for one in sources if one.is_active and len(days_of(one)) > 1), sources[0] if sources else None)


def _two_days(request: SignedInRequest, days: list[date]) -> dict[str, date]:
    """What was asked for, where the source has it; else its last two days, or the day before the one asked for."""
    last = _day(asked(request, "last"), days[:-1]) or days[0]
    earlier = [day for day in days if day < last]
    return {"first": _day(asked(request, "first"), earlier) or earlier[0], "last": last}


def _day(text: str, among: list[date]) -> date | None:
    return next((day for day in among if day.isoformat() == text), None)


def _address(period: Period) -> str:
    query = QueryDict(mutable=True)
    query.update({"source": period.source.code, "first": period.first.isoformat(), "last": period.last.isoformat()})
    return query.urlencode()


def _lines(user: User, rows: list[Pair] | list[OutsideMoney]) -> list[dict[str, Any]]:
    """Each row with its contract number, and with its case and the customer's name where this reader may see them."""
    visible = Case.objects.for_user(user).filter(pk__in=[row.case_id for row in rows if row.case_id])
    cases = {case.pk: case for case in with_relations(visible)}
    names = shown_names(user, list(cases.values()))
    loans = [row.loan_id for row in rows if isinstance(row, Pair)]
    numbers = dict(Loan.objects.filter(pk__in=loans).values_list("pk", "contract_no")) if loans else {}
    return [
        {
            "row": row,
            "contract_no": numbers.get(row.loan_id) if isinstance(row, Pair) else row.contract_no,
            "case_id": row.case_id if row.case_id in cases else None,
            "name": names.get(row.case_id or 0, ""),
        }
        for row in rows
    ]
