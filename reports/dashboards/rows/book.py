"""Rows of the book: debts by where they went, debts as they stand, cases that entered."""

# ruff: noqa: S608  statements are put together from constants only

from collections.abc import Callable

from django.utils.translation import gettext_lazy as _

from cases import known
from reports.dashboards.rows.registry import RowSet, Statement, rows_of
from reports.kpis import Question
from reports.kpis.moving import ENDS, entered_cases, followed
from reports.kpis.rows import base, with_desks

DEBT, BALANCE, FILE_DAY = _("合同"), _("期初逾期总额"), _("期初文件日期")


def _debts(condition: str, amount: str = "b.total") -> str:
    return f"""SELECT b.loan_id AS row_id, b.loan_id, b.as_of AS day, {amount} AS amount, b.stage
               FROM {{relation}} b WHERE {condition}"""


def _of_base(question: Question) -> Statement:
    return {"base": base(question)}, _debts("b.total > 0").format(relation="base")


def _of_followed(condition: str) -> Callable[[Question], Statement]:
    def build(question: Question) -> Statement:
        return followed(question), _debts(condition).format(relation="moved")

    return build


def _of_book(question: Question) -> Statement:
    newest = known.files(last="as_of", past=question.past)
    book = with_desks(known.positions(newest, past=question.past), question, day="(%(as_of)s::date + 1)")
    return {"book": book}, _debts("true").format(relation="book")


def _of_entered(question: Question) -> Statement:
    select = """SELECT b.case_id AS row_id, b.loan_id, b.opened_on AS day, greatest(b.total, 0) AS amount, b.stage
                FROM entered b"""
    return {"entered": entered_cases(question)}, select


OPENING = RowSet(_("期初账簿"), DEBT, _of_base, amount=BALANCE, day=FILE_DAY)
ALL_FOLLOWED = RowSet(_("全部期初合同"), DEBT, _of_followed("true"), amount=BALANCE, day=FILE_DAY)
FORWARD = RowSet(_("阶段变重"), DEBT, _of_followed("b.stage_then > b.stage"), amount=BALANCE, day=FILE_DAY)

for name in ("roll_forward_rate", "roll_matrix"):
    rows_of(name, "numerator", FORWARD)
    rows_of(name, "denominator", ALL_FOLLOWED)

for label, part in ((_("未变"), "stayed"), (_("阶段变轻"), "back")):
    sign = "=" if part == "stayed" else "<"
    rows_of(
        "roll_matrix",
        part,
        RowSet(label, DEBT, _of_followed(f"b.stage_then {sign} b.stage"), amount=BALANCE, day=FILE_DAY),
    )
rows_of(
    "left_rate",
    "numerator",
    RowSet(_("已出册"), DEBT, _of_followed("b.out <> ''"), is_count=True, amount=BALANCE, day=FILE_DAY),
)
END_LABELS = {"paid": _("已还清"), "closed": _("其他原因结案"), "absent": _("缺席待解释")}
for end in ENDS:
    found = RowSet(END_LABELS[end], DEBT, _of_followed(f"b.out = '{end}'"), is_count=True, amount=BALANCE, day=FILE_DAY)
    rows_of("left_rate", end, found)
    rows_of("roll_matrix", end, RowSet(found.label, DEBT, found.build, amount=BALANCE, day=FILE_DAY))
rows_of(
    "left_rate",
    "denominator",
    RowSet(ALL_FOLLOWED.label, DEBT, ALL_FOLLOWED.build, is_count=True, amount=BALANCE, day=FILE_DAY),
)
rows_of(
    "stage_distribution",
    "numerator",
    RowSet(_("期末账簿"), DEBT, _of_book, amount=_("逾期总额"), day=_("数据日期")),
)
rows_of(
    "entered",
    "numerator",
    RowSet(_("进入账簿的案件"), _("案件"), _of_entered, amount=_("首个文件的逾期总额"), day=_("入催日期")),
)
