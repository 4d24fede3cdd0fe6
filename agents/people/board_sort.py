"""The columns of the team board: what each counts, in words, and how rows are ordered by it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from agents.people.board_selectors import PersonRow


@dataclass(frozen=True)
class Column:
    """`meaning`: how the figure is counted, shown at its heading. `largest_first`: the first click on it. Without
    `is_shown` it stands below another figure and only orders."""

    key: str
    label: str | Promise
    meaning: str | Promise
    value: Callable[[PersonRow], Any]
    largest_first: bool = True
    is_shown: bool = True


ATTEMPTS = pgettext_lazy("contact counter", "拨打")
EFFECTIVE = pgettext_lazy("contact counter", "有效")


def _money(row: PersonRow) -> tuple[Decimal, Decimal]:
    return row.money_today, row.money_month


COLUMNS = (
    Column("name", _("人员"), _("按小组和姓名"), lambda row: (row.person.unit, str(row.person)), False),
    Column("cases", _("在手"), _("在催案件件数；进度条为件数占上限，超过建议上限时变色"), lambda row: row.cases),
    Column("amount", _("逾期金额"), _("在催案件的逾期总额（元）"), lambda row: row.amount),
    Column(
        "expected", _("预期回款"), _("按近期同类案件，30 天内可能回款（元）"), lambda row: row.expected, True, False
    ),
    Column(
        "attempts",
        pgettext_lazy("contact counter", "拨打"),
        _("今天拨出的电话与外访；未拨出的不计"),
        lambda row: row.attempts,
    ),
    Column("connected", _("接通"), _("其中有人接听的；号码非本人的不计"), lambda row: row.connected),
    Column(
        "effective",
        pgettext_lazy("contact counter", "有效"),
        _("其中联系上本人的；号码非本人的不计"),
        lambda row: row.effective,
    ),
    Column("promised", _("承诺"), _("今天登记的承诺：件数与金额（元），已撤回的不计"), lambda row: row.promised_amount),
    Column("due", _("今日到期"), _("在手案件今天到期、尚未兑现的承诺：件数与金额（元）"), lambda row: row.due_amount),
    Column("kept", _("今日兑现"), _("本人登记、今天兑现的承诺：件数与金额（元）"), lambda row: row.kept_amount),
    Column("refused", _("拦截"), _("今天合规判定不允许的联系；说明规则在起作用，不是过失"), lambda row: row.refused),
    Column("idle", _("无动作"), _("距上一次联系、记录或判定的工作分钟数；午休与请假不计"), lambda row: row.idle),
    Column("late", _("超时催记"), _("联系后两小时仍未记录的次数"), lambda row: (row.not_told, row.told_late)),
    Column("callbacks", _("逾期回拨"), _("在手案件约定时间已过、还没有回拨的次数"), lambda row: row.callbacks),
    Column(
        "money",
        _("到账"),
        _("已确认回款（元）：今天与本月，归当日持案人"),
        _money,
    ),
    Column("wishes", _("投诉意愿"), _("今天的联系中表示要投诉的次数"), lambda row: row.wishes),
)
BY_KEY = {column.key: column for column in COLUMNS}
DEFAULT = "name"


def read_sort(text: str) -> str:
    """A sort that is not on the list is the default one."""
    return text if text.removeprefix("-") in BY_KEY else DEFAULT


def ordered(rows: Sequence[PersonRow], sort: str) -> list[PersonRow]:
    """By the column, `-` for the largest first; who has no value comes last, equals by team and name."""
    column = BY_KEY[sort.removeprefix("-")]
    by_name = sorted(rows, key=lambda row: (row.person.unit, str(row.person), row.person.pk))
    without = [row for row in by_name if column.value(row) is None]
    having = [row for row in by_name if column.value(row) is not None]
    return sorted(having, key=column.value, reverse=sort.startswith("-")) + without
