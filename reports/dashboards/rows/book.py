"""Rows of the book: debts by where they went, debts as they stand, cases that entered."""

# ruff: noqa: S608  statements are put together from constants only

from collections.abc import Callable

from django.utils.translation import gettext_lazy as _

from cases import known
from reports.dashboards.rows.registry import RowSet, Statement, rows_of, version_of
from reports.kpis import Question
from reports.kpis import relations as read
from reports.kpis.ending import watched
from reports.kpis.own_numbers import book_of_people
from reports.kpis.rows import base

DEBT, BALANCE, FILE_DAY = _("合同"), _("期初逾期总额"), _("期初文件日期")


def _debts(condition: str) -> str:
    return f"""SELECT x.loan_id AS row_id, x.loan_id, x.as_of AS day, x.total AS amount, x.stage
               FROM {{relation}} x WHERE {condition}"""


def _of_base(question: Question) -> Statement:
    return Statement({"base": base(question)}, _debts("x.total > 0").format(relation="base"))


def _of_moved(condition: str) -> Callable[[Question], Statement]:
    def build(question: Question) -> Statement:
        moved = read.moved(question)
        return Statement(moved.ctes, _debts(condition).format(relation=moved.name))

    return build


def _of_book(question: Question) -> Statement:
    book = read.book(question)
    return Statement(book.ctes, _debts("true").format(relation=book.name))


OPENING = RowSet(_("期初账簿"), DEBT, _of_base, amount=BALANCE, day=FILE_DAY)
ALL_FOLLOWED = RowSet(_("全部期初合同"), DEBT, _of_moved("true"), amount=BALANCE, day=FILE_DAY)
FORWARD = RowSet(_("阶段变重"), DEBT, _of_moved(read.FORWARD), amount=BALANCE, day=FILE_DAY)

for name in ("roll_forward_rate", "roll_matrix"):
    rows_of(name, "numerator", FORWARD)
    rows_of(name, "denominator", ALL_FOLLOWED)

for label, part, condition in (
    (_("未变"), "stayed", f"x.destination LIKE 'M%%' AND NOT {read.FORWARD} AND NOT {read.BACK}"),
    (_("阶段变轻"), "back", read.BACK),
):
    rows_of("roll_matrix", part, RowSet(label, DEBT, _of_moved(condition), amount=BALANCE, day=FILE_DAY))
rows_of(
    "left_rate",
    "numerator",
    RowSet(_("已出册"), DEBT, _of_moved(f"x.destination IN {read.ENDS}"), is_count=True, amount=BALANCE, day=FILE_DAY),
)
END_LABELS = {"paid": _("已还清"), "closed": _("其他原因结案"), "absent": _("缺席待解释")}
for end in read.ENDS:
    found = RowSet(
        END_LABELS[end], DEBT, _of_moved(f"x.destination = '{end}'"), is_count=True, amount=BALANCE, day=FILE_DAY
    )
    rows_of("left_rate", end, found)
    rows_of("roll_matrix", end, RowSet(found.label, DEBT, found.build, amount=BALANCE, day=FILE_DAY))
rows_of(
    "left_rate",
    "denominator",
    RowSet(ALL_FOLLOWED.label, DEBT, ALL_FOLLOWED.build, is_count=True, amount=BALANCE, day=FILE_DAY),
)


def _of_ended(condition: str) -> Callable[[Question], Statement]:
    def build(question: Question) -> Statement:
        ended = f"""SELECT DISTINCT ON (e.case_id) e.case_id, e.closed_on, e.close_reason
                    FROM ({known.endings("as_of", past=question.past)}) e WHERE e.closed_on >= %(first)s
                    ORDER BY e.case_id, e.closed_on DESC"""
        select = f"""SELECT b.loan_id AS row_id, b.loan_id, coalesce(e.closed_on, b.as_of) AS day, b.total AS amount,
                            b.stage FROM base b LEFT JOIN ended e ON e.case_id = b.case_id WHERE {condition}"""
        return Statement({"base": base(question), "ended": ended}, select)

    return build


BY_MONEY = "e.close_reason IN ({})".format(", ".join(f"'{reason}'" for reason in read.ENDED_BY_MONEY))
ENDED_ON = _("结案日期或期初文件日期")
for part, label, condition in (
    ("numerator", _("因还款结案"), BY_MONEY),
    ("otherwise", _("其他原因结案"), f"e.case_id IS NOT NULL AND NOT {BY_MONEY}"),
    ("still_open", _("未结案"), "e.case_id IS NULL"),
    ("denominator", OPENING.label, "true"),
):
    rows_of(
        "closure_rate",
        part,
        RowSet(label, _("案件"), _of_ended(condition), is_count=True, amount=BALANCE, day=ENDED_ON),
    )
rows_of(
    "stage_distribution",
    "numerator",
    RowSet(_("期末账簿"), DEBT, _of_book, amount=_("逾期总额"), day=_("数据日期")),
)


def _of_watched(condition: str) -> Callable[[Question], Statement]:
    def build(question: Question) -> Statement:
        ctes, more = watched(question, version_of("reactivation_rate", question))
        select = f"""SELECT w.loan_id AS row_id, w.loan_id, coalesce(w.back_on, w.as_of) AS day, w.total AS amount, w.stage
                     FROM watched w WHERE {condition}"""
        return Statement(ctes, select, more)

    return build


BACK_ON = _("回到正常日期或期初文件日期")
for part, label, condition in (
    ("numerator", _("盘活"), "w.came = 'cured'"),
    ("pending", _("仍在观察"), "w.came = 'pending'"),
    ("fell_back", _("再次逾期"), "w.came = 'fell_back'"),
    ("unexplained", _("观察期内缺席或因其他原因结案"), "w.came = 'unexplained'"),
    ("paid", _("一次结清"), "w.came = 'paid'"),
    ("denominator", OPENING.label, "true"),
):
    rows_of(
        "reactivation_rate",
        part,
        RowSet(label, _("案件"), _of_watched(condition), is_count=True, amount=BALANCE, day=BACK_ON),
    )


def _of_people(condition: str) -> Callable[[Question], Statement]:
    def build(question: Question) -> Statement:
        ctes, more = book_of_people(question, version_of("reachable_rate", question))
        select = f"""SELECT b.loan_id AS row_id, b.loan_id, b.as_of AS day, b.total AS amount, b.stage
                     FROM reached b WHERE {condition}"""
        return Statement(ctes, select, more)

    return build


for part, label, condition in (
    ("numerator", _("本人号码可联"), "b.works"),
    ("dead", _("本人号码均已失效"), "NOT b.works"),
    ("untested", _("观察期内无从得知"), "b.works IS NULL"),
    ("denominator", _("期末账簿"), "true"),
):
    rows_of(
        "reachable_rate",
        part,
        RowSet(label, DEBT, _of_people(condition), is_count=True, amount=_("逾期总额"), day=_("数据日期")),
    )
