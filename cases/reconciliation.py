"""Balances against money: what fell between two files of a source, what was received meanwhile, and why the two differ.

For each contract: fell = total in the first file − total in the second (a missing contract counts as nothing); came =
confirmed money less reversals, paid after the first day up to the second; difference = fell − came. Positive: the balance
fell by more than we know money for. Negative: it fell by less, so something was added.

Every contract stands in exactly one group, the first of GROUPS whose condition holds, so the groups add up to the whole.
The reason is the likely one: it is read off the figures, nobody has confirmed it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext_lazy as _

from cases.credit import PAID_ON_OF_ORIGINAL
from cases.keyset import Page
from cases.models import ImportRun, RunKind, RunState, Source
from cases.positions import SUPERSEDED
from cases.sql_page import sql_page


@dataclass(frozen=True)
class Group:
    """One likely reason. `condition` is SQL over the columns of PAIRS; `tone` says whether somebody should look."""

    key: str
    label: Any
    reason: Any
    tone: str
    condition: str


_EXACT_PARTS = "principal_rose + costs_rose = -fell AND (principal_rose <> 0 OR costs_rose <> 0)"

_AFTER_THE_FILE = "(came > 0 AND on_last = -difference)"

GROUPS: tuple[Group, ...] = (
    Group(
        "outside", _("案外还款"), _("合同不在两份文件中：入催之前或离开之后的还款"), "info",
        "was_case IS NULL AND now_case IS NULL",
    ),
    Group("new", _("新进入文件"), _("第一份文件没有的合同，欠款全部计为增加"), "info", "was_case IS NULL"),
    Group(
        "absent_paid", _("缺席，还款已覆盖"), _("未出现在第二份文件中，收到的钱不少于原欠款，或原来已不欠款"), "success",
        "now_case IS NULL AND (was_total <= 0 OR came >= was_total)",
    ),
    Group(
        "absent_open", _("缺席，钱不够解释"), _("未出现在第二份文件中，收到的钱少于原欠款：缺席待解释，不等于已还"),
        "danger", "now_case IS NULL",
    ),
    Group("agree", _("金额一致"), _("余额的变化正好等于收到的钱"), "success", "difference = 0 AND came <> 0"),
    Group("unchanged", _("没有变化"), _("余额没有变，也没有收到钱"), "neutral", "difference = 0"),
    Group("overpaid", _("余额为负"), _("第二份文件的总额小于零：多还或文件错误"), "warning", "now_total < 0"),
    Group(
        "reversed", _("冲正未加回"), _("期间冲正了以前的还款，余额还没有加回这笔钱"), "warning",
        "difference > 0 AND difference = taken_back",
    ),
    Group(
        "paid_before", _("首日还款后抵减"), _("差额等于第一个数据日当天的还款：那天的文件还没有抵减它"), "info",
        "difference > 0 AND difference = on_first",
    ),
    Group("waived", _("减免"), _("期间使用了减免；减免不是还款"), "info", "difference > 0 AND waived > 0"),
    Group(
        "unconfirmed", _("钱待确认或待匹配"), _("有这份合同的待确认还款，或同一合同编号的还款还在等待匹配"), "warning",
        "difference > 0 AND waiting > 0",
    ),
    Group(
        "corrected", _("文件有更正"), _("其中一天有更正文件，余额可能随更正变化"), "info",
        "difference > 0 AND %(corrected)s",
    ),
    Group(
        "fell", _("余额减少，没有还款"), _("余额减少多于收到的钱：还款文件可能未到，或来源自行调整"), "danger",
        "difference > 0",
    ),
    Group(
        "returned", _("离开后再次逾期"), _("两份文件之间结过案，又以新案件回来：两次的欠款不能直接相比"), "info",
        "was_case <> now_case",
    ),
    Group(
        "drawn", _("本金增加"), _("新到期或新支用的本金"), "info",
        f"principal_rose > 0 AND {_EXACT_PARTS} AND NOT {_AFTER_THE_FILE}",
    ),
    # Money of which nothing is to be seen, or «new costs» beyond all that the two files name, is money not counted yet.
    Group(
        "accrued", _("息费增加"), _("差额等于新增的利息、违约金和费用"), "neutral",
        f"{_EXACT_PARTS} AND NOT {_AFTER_THE_FILE} AND (came <= 0 OR -difference <= costs_named"
        " AND (principal_rose < 0 OR costs_rose < 0))",
    ),
    Group(
        "not_counted", _("收到还款，余额未减"),
        _("余额没有按收到的钱减少：还款可能晚于文件截止时间，尤其是第二个数据日当天的还款"), "warning", "came > 0",
    ),
    Group("rose", _("余额增加，原因不明"), _("文件没有分项，或分项与总额对不上"), "danger", "true"),
)  # fmt: skip
GROUP_BY_KEY: Mapping[str, Group] = {group.key: group for group in GROUPS}

_FILE = """
    SELECT DISTINCT ON (c.loan_id) c.loan_id, p.case_id, p.total, p.principal, p.interest + p.penalty + p.fees AS costs
    FROM cases_position p JOIN cases_case c ON c.id = p.case_id
    WHERE p.as_of = %({day})s AND p.run_id = ANY(%({day}_runs)s)
    ORDER BY c.loan_id, p.recorded_at DESC, p.run_id DESC
"""

PAIRS = f"""
    WITH was AS ({_FILE.format(day="first")}), now AS ({_FILE.format(day="last")}),
    money AS (
        SELECT r.loan_id,
               coalesce(sum(x.signed) FILTER (WHERE r.status = 'confirmed' AND r.paid_on > %(first)s), 0) AS came,
               coalesce(sum(x.signed) FILTER (WHERE r.status = 'confirmed' AND r.paid_on = %(first)s), 0) AS on_first,
               coalesce(sum(x.signed) FILTER (WHERE r.status = 'confirmed' AND r.paid_on = %(last)s), 0) AS on_last,
               coalesce(sum(r.amount) FILTER (WHERE r.status = 'confirmed' AND x.met_on <= %(first)s
                                                    AND r.reversal_of_id IS NOT NULL AND r.paid_on > %(first)s), 0)
                   AS taken_back
        FROM cases_repayment r
        CROSS JOIN LATERAL (SELECT CASE WHEN r.reversal_of_id IS NULL THEN r.amount ELSE -r.amount END AS signed,
                                   {PAID_ON_OF_ORIGINAL} AS met_on) x
        WHERE r.source_id = %(source)s AND r.loan_id IS NOT NULL AND r.paid_on BETWEEN %(first)s AND %(last)s
        GROUP BY r.loan_id
    ),
    -- Money that may have come and does not count yet: claimed and not confirmed since, or without its contract.
    waiting AS (
        SELECT coalesce(r.loan_id, l.id) AS loan_id, sum(r.amount) AS waiting
        FROM cases_repayment r
        LEFT JOIN cases_loan l ON r.loan_id IS NULL AND l.source_id = r.source_id AND l.contract_no = btrim(r.contract_no)
        WHERE r.source_id = %(source)s AND r.paid_on > %(first)s AND r.paid_on <= %(last)s
          AND (r.loan_id IS NULL OR r.status = 'claimed') AND r.reversal_of_id IS NULL
          AND NOT EXISTS (SELECT FROM cases_repayment v WHERE v.reversal_of_id = r.id)
          -- Said so that the index of serial numbers is asked for these few, instead of all money being read.
          AND NOT (r.status = 'claimed' AND EXISTS (
              SELECT FROM cases_repayment k
              WHERE k.source_id = r.source_id AND k.reference = r.reference AND k.reference <> ''
                AND k.status = 'confirmed' AND k.reversal_of_id IS NULL AND k.split_id IS NULL))
        GROUP BY 1
    ),
    waivers AS (
        SELECT c.loan_id, sum(w.principal + w.interest + w.penalty + w.fees) AS waived
        FROM cases_waiver w JOIN cases_case c ON c.id = w.case_id
        WHERE w.state = 'used' AND (w.ended_at AT TIME ZONE %(zone)s)::date BETWEEN %(first)s AND %(last)s
        GROUP BY c.loan_id
    ),
    pairs AS (
        SELECT loan_id, was.case_id AS was_case, now.case_id AS now_case, was.total AS was_total, now.total AS now_total,
               coalesce(was.total, 0) - coalesce(now.total, 0) AS fell, coalesce(m.came, 0) AS came,
               coalesce(was.total, 0) - coalesce(now.total, 0) - coalesce(m.came, 0) AS difference,
               coalesce(now.principal, 0) - coalesce(was.principal, 0) AS principal_rose,
               coalesce(now.costs, 0) - coalesce(was.costs, 0) AS costs_rose,
               greatest(was.costs, 0) + greatest(now.costs, 0) AS costs_named, coalesce(m.on_first, 0) AS on_first,
               coalesce(m.on_last, 0) AS on_last, coalesce(m.taken_back, 0) AS taken_back,
               coalesce(x.waived, 0) AS waived, coalesce(q.waiting, 0) AS waiting
        FROM was FULL JOIN now USING (loan_id) FULL JOIN money m USING (loan_id)
        LEFT JOIN waivers x USING (loan_id) LEFT JOIN waiting q USING (loan_id)
        WHERE was.case_id IS NOT NULL OR now.case_id IS NOT NULL OR m.came <> 0
    )
    SELECT pairs.*, CASE {" ".join(f"WHEN {group.condition} THEN '{group.key}'" for group in GROUPS)} END AS reason
    FROM pairs
"""  # noqa: S608  names of ours


@dataclass(frozen=True)
class Period:
    """Two applied business dates of a source, with the runs that speak for each."""

    source: Source
    first: date
    last: date
    first_runs: Sequence[int]
    last_runs: Sequence[int]
    corrected: bool

    def asked(self) -> dict[str, Any]:
        return {
            "source": self.source.pk, "first": self.first, "last": self.last, "first_runs": list(self.first_runs),
            "last_runs": list(self.last_runs), "corrected": self.corrected, "zone": settings.TIME_ZONE,
        }  # fmt: skip


def days_of(source: Source) -> list[date]:
    """Business dates with an applied overdue file, newest first; of the last two years or so."""
    runs = ImportRun.objects.filter(source=source, state=RunState.APPLIED, kind=RunKind.OVERDUE)
    return list(runs.order_by("-as_of").values_list("as_of", flat=True).distinct()[:750])


def period_of(source: Source, *, first: date, last: date) -> Period:
    """The period of two of `days_of`. Three queries."""
    runs = ImportRun.objects.filter(
        source=source, state=RunState.APPLIED, kind=RunKind.OVERDUE, as_of__in=[first, last]
    )
    of_day: dict[date, list[int]] = {first: [], last: []}
    for pk, as_of in runs.values_list("pk", "as_of"):
        of_day[as_of].append(pk)
    kept: dict[date, list[int]] = {}
    with connection.cursor() as cursor:
        for day, found in of_day.items():
            cursor.execute(SUPERSEDED, {"day": day, "known_by": None})
            gone = {pk for (pk,) in cursor.fetchall()}
            kept[day] = [pk for pk in found if pk not in gone]
    return Period(source, first, last, kept[first], kept[last], corrected=any(len(ids) > 1 for ids in of_day.values()))


@dataclass(frozen=True)
class Sums:
    """Contracts and yuan. `difference` = `fell` − `came`."""

    count: int = 0
    fell: Decimal = Decimal("0.00")
    came: Decimal = Decimal("0.00")
    difference: Decimal = Decimal("0.00")

    @property
    def rose(self) -> Decimal:
        return -self.fell

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(
            self.count + other.count, self.fell + other.fell, self.came + other.came, self.difference + other.difference
        )


@dataclass(frozen=True)
class Reconciled:
    """The whole, and each group that has a contract, in the order of the rule. `waiting`: payments of the period without
    a contract in the book (number and yuan); they are in no group."""

    total: Sums
    groups: Sequence[tuple[Group, Sums]]
    waiting: tuple[int, Decimal]


def reconcile(period: Period) -> Reconciled:
    """Sums by group, in two queries whatever the number of contracts."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT reason, count(*), sum(fell), sum(came), sum(difference) FROM ({PAIRS}) p GROUP BY reason",  # noqa: S608
            period.asked(),
        )
        found = {reason: Sums(*sums) for reason, *sums in cursor.fetchall()}
        cursor.execute(
            """
            SELECT count(*), coalesce(sum(amount), 0) FROM cases_repayment r
            WHERE r.source_id = %(source)s AND r.loan_id IS NULL AND r.status = 'confirmed' AND r.reversal_of_id IS NULL
              AND r.paid_on > %(first)s AND r.paid_on <= %(last)s
              AND NOT EXISTS (SELECT FROM cases_repayment v WHERE v.reversal_of_id = r.id)
            """,
            period.asked(),
        )
        number, amount = cursor.fetchone()
    groups = [(group, found[group.key]) for group in GROUPS if group.key in found]
    return Reconciled(sum((sums for _group, sums in groups), Sums()), groups, (number, amount))


_COLUMNS = (
    "loan_id", "was_case", "now_case", "was_total", "now_total", "fell", "came", "difference", "principal_rose",
    "costs_rose", "reason",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pair:
    """One contract, from file to file."""

    loan_id: int
    was_case: int | None
    now_case: int | None
    was_total: Decimal | None
    now_total: Decimal | None
    fell: Decimal
    came: Decimal
    difference: Decimal
    principal_rose: Decimal
    costs_rose: Decimal
    reason: str

    @property
    def case_id(self) -> int | None:
        return self.now_case or self.was_case

    @property
    def group(self) -> Group:
        return GROUP_BY_KEY[self.reason]


def pairs_page(period: Period, *, group: str, size: int, after: str = "", before: str = "") -> Page:
    """One page of a group's contracts (Pair), the largest differences (then amounts of money) first."""
    return sql_page(
        f"SELECT {', '.join(_COLUMNS)}, abs(difference) AS sort_key, loan_id AS row_id FROM ({PAIRS}) p "  # noqa: S608
        "WHERE reason = %(group)s",
        {**period.asked(), "group": group},
        make=Pair,
        kind="decimal",
        size=size,
        after=after,
        before=before,
    )


def all_pairs(period: Period, *, group: str = "") -> Iterator[tuple[str, Pair]]:
    """Contract number and pair, of one group or of everything that is not unchanged; read as it comes."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT l.contract_no, {", ".join(f"p.{name}" for name in _COLUMNS)}
                FROM ({PAIRS}) p JOIN cases_loan l ON l.id = p.loan_id
                WHERE CASE WHEN %(group)s = '' THEN p.reason <> 'unchanged' ELSE p.reason = %(group)s END
                ORDER BY p.reason, abs(p.difference) DESC, p.loan_id""",  # noqa: S608
            {**period.asked(), "group": group},
        )
        while rows := cursor.fetchmany(2_000):
            for contract_no, *row in rows:
                yield contract_no, Pair(*row)
