"""Intake health: how each source stands, what waits, and which problems its files bring."""

from collections import Counter, defaultdict
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Q, Sum
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from cases.imports.words.problems import MESSAGES
from cases.models import ImportRun, Repayment, RunKind, RunState
from cases.selectors_inbox import SourceHealth, source_health
from collection_ops.core.access import has
from collection_ops.core.tables import Column
from reports.dashboards.page import Maker, Page
from reports.dashboards.tables import Chart, Table

CAPABILITY = "imports.view"
DAYS = 30
WEEK = 7
MOST_CODES = 12
NO_PROBLEMS = frozenset({"row_total", "total_row_agrees", "duplicates_found"})
"""Said about a file for information."""
READ = (RunState.PREVIEW, RunState.SUBMITTED, RunState.APPLYING, RunState.APPLIED)


def context(page: Page) -> dict[str, Any]:
    health = _health(page)
    waiting = _waiting_money(page)
    may_match = has(page.user, "repayments.view")
    return {
        "health": health,
        "sources_table": sources(page, health),
        "problems": problem_chart(page),
        "codes": codes(page),
        "waiting_money": waiting,
        "waiting_url": reverse("cases:waiting_money") if may_match else "",
        "open_files": sum(line.open_runs for line in health),
        "absences": sum(line.absences for line in health),
        "late": [line.source.name for line in health if line.is_late],
        "absences_url": reverse("cases:absences") if has(page.user, "cases.close") else "",
    }


def _health(page: Page) -> list[SourceHealth]:
    found = source_health(now=page.now, today=page.today)
    return [line for line in found if page.asked.source in (None, line.source)]


def _waiting_money(page: Page) -> dict[str, Any]:
    """Confirmed money whose contract is in no book, whenever it was paid: number and yuan, reversed ones left out."""
    rows = Repayment.objects.filter(
        loan__isnull=True, status=Repayment.Status.CONFIRMED, reversal_of__isnull=True, reversal__isnull=True
    )
    if page.asked.source is not None:
        rows = rows.filter(source=page.asked.source)
    found: dict[str, Any] = rows.aggregate(number=Count("pk"), amount=Sum("amount"))
    return found


def sources(page: Page, health: list[SourceHealth] | None = None) -> Table:
    """One line a source: its last file, when the next is due, what waits."""
    lines = _health(page) if health is None else health
    columns = [
        Column(_("数据来源")), Column(_("最近数据日"), "date"), Column(_("应到时间")), Column(_("今日文件")),
        Column(_("行数"), "integer"), Column(_("有误的行"), "integer"), Column(_("问题"), "integer"),
        Column(_("待处理文件"), "integer"), Column(_("缺席待解释"), "integer"),
    ]  # fmt: skip
    rows, urls = [], {}
    for number, line in enumerate(lines):
        last = line.last
        problems = last.problem_counts if last else {}
        code = line.source.code
        rows.append(
            [
                line.source.name,
                last.as_of if last else None,
                f"{line.source.expected_by:%H:%M}" if line.source.expected_by else "",
                _("已到") if line.arrived_today else _("迟到") if line.is_late else _("未到"),
                last.row_counts.get("read") if last else None,
                problems.get("error_rows", 0) if last else None,
                problems.get("error", 0) + problems.get("warning", 0) if last else None,
                line.open_runs,
                line.absences,
            ]
        )
        if last is not None:
            urls[number, 1] = reverse("cases:import_run", args=[last.pk])
        urls[number, 7] = f"{reverse('cases:imports')}?{urlencode({'source': code, 'state': 'open'})}"
        if has(page.user, "cases.view"):
            urls[number, 8] = f"{reverse('cases:list')}?{urlencode({'source': code, 'status': 'absent'})}"
    return Table("sources", _("各来源接收情况"), columns, rows, urls)


def _read_runs(page: Page) -> list[Any]:
    """Files of the last days that were read, with what was wrong in them. One query, without their rows."""
    first = page.asked.as_of - timedelta(days=DAYS - 1)
    runs = ImportRun.objects.filter(
        Q(kind=RunKind.OVERDUE) | Q(kind=RunKind.REPAYMENTS),
        state__in=READ,
        as_of__gte=first,
        as_of__lte=max(page.asked.as_of, page.today),
    )
    if page.asked.source is not None:
        runs = runs.filter(source=page.asked.source)
    return list(runs.order_by("as_of", "pk").values("pk", "as_of", "source__name", "problem_counts", "row_counts"))


def problem_chart(page: Page) -> Chart | None:
    """Errors and warnings by day and source."""
    numbers: defaultdict[str, Counter[date]] = defaultdict(Counter)
    days: set[date] = set()
    for run in _read_runs(page):
        counts = run["problem_counts"] or {}
        numbers[run["source__name"]][run["as_of"]] += counts.get("error", 0) + counts.get("warning", 0)
        days.add(run["as_of"])
    if not days:
        return None
    ordered, names = sorted(days), sorted(numbers)
    table = Table(
        "problems",
        _("文件中的错误与警告，按数据日"),
        [Column(_("数据日期"), "date"), *(Column(name, "integer") for name in names)],
        [[day, *(numbers[name][day] for name in names)] for day in ordered],
    )
    data = {
        "labels": [day.isoformat() for day in ordered],
        "unit": "count",
        "series": [{"name": name, "values": [numbers[name][day] for day in ordered]} for name in names],
    }
    return Chart("bars", data, _("各来源文件中的错误与警告数，按数据日，数据见表"), table)


def codes(page: Page) -> Table:
    """Which problems, in the last week and in the one before."""
    recent, before = Counter[str](), Counter[str]()
    edge = page.asked.as_of - timedelta(days=WEEK - 1)
    for run in _read_runs(page):
        found = (run["problem_counts"] or {}).get("by_code", {})
        by_code = {code: number for code, number in found.items() if code not in NO_PROBLEMS}
        if run["as_of"] >= edge:
            recent.update(by_code)
        elif run["as_of"] >= edge - timedelta(days=WEEK):
            before.update(by_code)
    ordered = sorted(recent.keys() | before.keys(), key=lambda code: (-recent[code], -before[code], code))
    columns = [
        Column(_("问题")), Column(_("代码")), Column(_("近 7 日"), "integer"), Column(_("前 7 日"), "integer"),
        Column(_("变化"), "integer"),
    ]  # fmt: skip
    rows = [
        [words_of(code), code, recent[code], before[code], recent[code] - before[code]] for code in ordered[:MOST_CODES]
    ]
    return Table("codes", _("问题类型"), columns, rows)


class _Gaps(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "…"


def words_of(code: str) -> str:
    """The sentence of a problem without what is particular to a row; the code where it has none."""
    try:
        return str(MESSAGES[code]) % _Gaps()
    except (KeyError, TypeError, ValueError):
        return code


def _chart_table(page: Page) -> Table | None:
    chart = problem_chart(page)
    return chart.table if chart else None


TABLES: dict[str, Maker] = {"sources": sources, "problems": _chart_table, "codes": codes}
