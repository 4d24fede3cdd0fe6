"""What must always be true of the book. Registered with the kernel's list; numbers of reference/reliability section 4."""

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from cases.models import Case, ImportProblem, ImportRow, ImportRun, Position, RunState
from cases.services import cache
from collection_ops.core.invariants import Rows, invariant


@invariant("I4", _("案件上的余额、席位和缺席与头寸、归属、缺席记录一致"))
def cases_repeat_their_facts() -> Rows:
    return [{"case": d.case_id, "columns": sorted(d.columns)} for d in cache.differences(limit=100)]


@invariant("I11", _("每个未结案件恰有一个在手席位，已结案件没有"))
def one_open_custody() -> Rows:
    cases = Case.objects.annotate(held=Count("custodies", filter=Q(custodies__ended_at__isnull=True)))
    broken = cases.filter(Q(closed_on__isnull=True) & ~Q(held=1) | Q(closed_on__isnull=False, held__gt=0))
    return [{"case": pk, "custodies": held} for pk, held in broken.values_list("pk", "held")[:100]]


@invariant("I16", _("每次导入：读取行数 = 接受 + 拒绝，明细之和 = 控制总数"))
def batches_reconcile() -> Rows:
    with connection.cursor() as cursor:
        cursor.execute("""
            SELECT r.id, r.row_counts ->> 'read', f.accepted, f.rejected, r.control_totals -> 'sums' ->> 'total', f.total
            FROM cases_importrun r
            CROSS JOIN LATERAL (
                SELECT count(*) FILTER (WHERE w.state = 'accepted') AS accepted,
                       count(*) FILTER (WHERE w.state = 'rejected') AS rejected,
                       coalesce(sum(w.total) FILTER (WHERE w.state = 'accepted'), 0) AS total
                FROM cases_importrow w WHERE w.run_id = r.id
            ) f
            WHERE r.state IN ('preview', 'applying', 'applied')
              AND (coalesce((r.row_counts ->> 'read')::int, -1) <> f.accepted + f.rejected
                   OR coalesce((r.row_counts ->> 'accepted')::int, -1) <> f.accepted
                   OR coalesce((r.control_totals -> 'sums' ->> 'total')::numeric, 0) <> f.total)
            ORDER BY r.id LIMIT 100
        """)
        names = ("run", "read", "accepted", "rejected", "control_total", "total")
        return [dict(zip(names, map(str, row), strict=True)) for row in cursor.fetchall()]


@invariant("I16b", _("每次已应用的导入写入的头寸数 = 接受的行数"))
def applied_runs_have_their_positions() -> Rows:
    applied = ImportRun.objects.filter(state=RunState.APPLIED).annotate(written=Count("positions"))
    return [
        {"run": run.pk, "positions": run.written, "accepted": run.row_counts.get("accepted")}
        for run in applied.only("pk", "row_counts")
        if run.written != run.row_counts.get("accepted")
    ][:100]


@invariant("I16c", _("没有头寸属于未应用的导入"))
def only_applied_runs_have_positions() -> Rows:
    strays = ImportRun.objects.exclude(state=RunState.APPLIED).filter(
        Exists(Position.objects.filter(run_id=OuterRef("pk")))
    )
    return [{"run": pk, "state": state} for pk, state in strays.values_list("pk", "state")[:100]]


@invariant("I17", _("同一来源的同一文件只在账簿中一次，同一天只有一个文件"))
def one_file_once() -> Rows:
    twice = (
        ImportRun.objects.filter(state=RunState.APPLIED)
        .values("source", "as_of")
        .annotate(times=Count("pk"))
        .filter(times__gt=1)
    )
    return [{key: str(value) for key, value in row.items()} for row in twice[:100]]


@invariant("I17b", _("被拒绝的行都有说明"))
def rejected_rows_have_a_reason() -> Rows:
    reason = ImportProblem.objects.filter(
        run_id=OuterRef("run_id"), sheet=OuterRef("sheet"), row_number=OuterRef("row_number")
    )
    mute = ImportRow.objects.filter(state="rejected").exclude(Exists(reason))
    return [dict(row) for row in mute.values("run_id", "sheet", "row_number")[:100]]
