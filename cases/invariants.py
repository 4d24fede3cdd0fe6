"""What must always be true of the book. Registered with the kernel's list; numbers of reference/reliability section 4."""

from django.db import connection
from django.db.models import Count, Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from cases.models import Case, ImportProblem, ImportRow, ImportRun, Position, RunKind, RunState, Standing
from cases.plans import follow
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
            SELECT r.id, r.row_counts ->> 'read', f.accepted, f.rejected, r.control_totals -> 'sums' ->> 'total', f.total,
                   r.control_totals -> 'sums' ->> 'paid_amount', f.paid
            FROM cases_importrun r
            CROSS JOIN LATERAL (
                SELECT count(*) FILTER (WHERE w.state IN ('accepted', 'undone')) AS accepted,
                       count(*) FILTER (WHERE w.state = 'rejected') AS rejected,
                       coalesce(sum(w.total) FILTER (WHERE w.state IN (\x27accepted\x27, \x27undone\x27)), 0) AS total,
                       coalesce(sum(w.amount) FILTER (WHERE w.state IN (\x27accepted\x27, \x27undone\x27)), 0) AS paid
                FROM cases_importrow w WHERE w.run_id = r.id
            ) f
            WHERE r.state IN ('preview', 'submitted', 'applying', 'applied')
              AND (coalesce((r.row_counts ->> 'read')::int, -1) <> f.accepted + f.rejected
                   OR coalesce((r.row_counts ->> 'accepted')::int, -1) <> f.accepted
                   OR coalesce((r.control_totals -> 'sums' ->> 'total')::numeric, 0) <> f.total
                   OR coalesce((r.control_totals -> 'sums' ->> 'paid_amount')::numeric, 0) <> f.paid)
            ORDER BY r.id LIMIT 100
        """)
        names = ("run", "read", "accepted", "rejected", "control_total", "total", "control_paid", "paid")
        return [dict(zip(names, map(str, row), strict=True)) for row in cursor.fetchall()]


@invariant("I16b", _("每次已应用的导入写入的头寸数 = 接受的行数 − 已撤销的行数"))
def applied_runs_have_their_positions() -> Rows:
    applied = ImportRun.objects.filter(kind=RunKind.OVERDUE, state=RunState.APPLIED)
    applied = applied.annotate(written=Count("positions"))
    return [
        {"run": run.pk, "positions": run.written, "accepted": run.row_counts.get("accepted"), "undone": run.undone_rows}
        for run in applied.only("pk", "row_counts", "undone_rows")
        if run.written != (run.row_counts.get("accepted") or 0) - run.undone_rows
    ][:100]


@invariant("I16c", _("没有头寸属于未应用的导入"))
def only_applied_runs_have_positions() -> Rows:
    strays = ImportRun.objects.exclude(state=RunState.APPLIED).filter(
        Exists(Position.objects.filter(run_id=OuterRef("pk")))
    )
    return [{"run": pk, "state": state} for pk, state in strays.values_list("pk", "state")[:100]]


@invariant("I16e", _("每次还款导入：已应用的入账笔数与净额 = 接受的行数与金额，其他状态的没有入账"))
def repayment_runs_book_what_they_accepted() -> Rows:
    with connection.cursor() as cursor:
        cursor.execute("""
            SELECT r.id, r.state, r.row_counts ->> 'accepted', r.control_totals -> 'sums' ->> 'paid_amount', f.booked,
                   f.amount
            FROM cases_importrun r
            CROSS JOIN LATERAL (
                SELECT count(*) AS booked,
                       coalesce(sum(CASE WHEN p.reversal_of_id IS NULL THEN p.amount ELSE -p.amount END), 0) AS amount
                FROM cases_repayment p WHERE p.run_id = r.id
            ) f
            WHERE r.kind = 'repayments'
              AND CASE WHEN r.state = 'applied'
                       THEN (r.row_counts ->> 'accepted')::int <> f.booked
                            OR coalesce((r.control_totals -> 'sums' ->> 'paid_amount')::numeric, 0) <> f.amount
                       ELSE f.booked > 0 END
            ORDER BY r.id LIMIT 100
        """)
        names = ("run", "state", "accepted", "control_total", "booked", "amount")
        return [dict(zip(names, map(str, row), strict=True)) for row in cursor.fetchall()]


@invariant("I10", _("护栏之外的导入经第二人批准：不是提交人，也不是上传人"))
def two_people_let_a_file_in() -> Rows:
    """The command line is the operator's own door, and says so in the run's origin."""
    applied = ImportRun.objects.filter(state=RunState.APPLIED)
    alone = applied.filter(Q(approved_by=F("submitted_by")) | Q(approved_by=F("uploaded_by")))
    unseen = applied.filter(approved_by__isnull=True, origin__in=["page", "inbox"]).exclude(guard_findings=[])
    return [{"run": run.pk, "approved_by": run.approved_by_id} for run in (alone | unseen).order_by("pk")[:100]]


@invariant("I17", _("同一来源的同一文件只在账簿中一次；同一天的另一个文件是更正或补录"))
def one_file_once() -> Rows:
    twice = (
        ImportRun.objects.filter(state=RunState.APPLIED, kind=RunKind.OVERDUE, standing=Standing.NEWEST)
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


@invariant("I4b", _("还款方案的状态和各期已还金额与已确认还款一致"))
def plans_repeat_their_money() -> Rows:
    """As of the day on which each was followed: what the coming night will say is not missed yet."""
    plans = list(follow.followed().values_list("pk", flat=True))
    stale = [one for one in follow.gather(plans) if not one.is_as_told]
    return [{"plan": one.plan.pk, "state": one.plan.state, "should_be": str(one.now_is.state)} for one in stale[:100]]


# Keys that triggers keep a set at a time (cases/models/keys.py): child table and column, parent table.
_KEPT_KEYS = (
    ("cases_contactpoint", "debtor_id", "cases_debtor"),
    ("cases_contactpoint", "created_by_run_id", "cases_importrun"),
    ("cases_debtor", "created_by_run_id", "cases_importrun"),
    ("cases_loan", "created_by_run_id", "cases_importrun"),
    ("cases_loan", "source_id", "cases_source"),
    ("cases_loan", "debtor_id", "cases_debtor"),
    ("cases_case", "loan_id", "cases_loan"),
    ("cases_case", "opened_by_run_id", "cases_importrun"),
    ("cases_case", "closed_by_run_id", "cases_importrun"),
    ("cases_case", "last_run_id", "cases_importrun"),
    ("cases_case", "desk_id", "cases_desk"),
    ("cases_custody", "case_id", "cases_case"),
    ("cases_custody", "desk_id", "cases_desk"),
    ("cases_custody", "moved_by_id", "core_user"),
    ("cases_position", "case_id", "cases_case"),
    ("cases_position", "run_id", "cases_importrun"),
    ("cases_importrow", "run_id", "cases_importrun"),
)


@invariant("I16d", _("每一行引用的客户、案件、导入、来源、席位和人员都存在"))
def nothing_names_what_is_not_there() -> Rows:
    broken: Rows = []
    with connection.cursor() as cursor:
        for table, column, parent in _KEPT_KEYS:
            cursor.execute(
                f"""
                SELECT c.{column}, count(*) FROM {table} c
                WHERE c.{column} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {parent} p WHERE p.id = c.{column})
                GROUP BY c.{column} ORDER BY c.{column} LIMIT 20
                """  # noqa: S608  names of ours
            )
            broken += [{"table": table, "column": column, "names": pk, "rows": n} for pk, n in cursor.fetchall()]
    return broken
