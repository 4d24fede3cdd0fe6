"""The columns a list of cases can have: chosen on the page, written in the export.

One row here adds a column to both. `value` gets the case (with loan, debtor, source and desk loaded) and the name as the
reader may see it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases.models import Case
from cases.stage import Stage


@dataclass(frozen=True)
class Column:
    """`kind` decides alignment and number format: text, money, days, date, stage, status, name, contract.
    `sort` is the key of the list's sort that this column's heading offers."""

    key: str
    label: str | Promise
    kind: str
    value: Callable[[Case, str], Any]
    sort: str = ""

    @property
    def is_number(self) -> bool:
        return self.kind in ("money", "days")


def status_of(case: Case) -> str:
    """open, absent or closed: the keys of `STATUS_LABELS`."""
    if case.closed_on is not None:
        return "closed"
    return "absent" if case.absent_since is not None else "open"


STATUS_LABELS: dict[str, str | Promise] = {
    "open": _("在催"),
    "absent": _("缺席待解释"),
    "closed": _("已结案"),
}

COLUMNS: tuple[Column, ...] = (
    Column("name", _("客户"), "name", lambda case, name: name),
    Column("contract", _("合同编号"), "contract", lambda case, name: case.loan.contract_no, sort="contract"),
    Column("product", _("产品"), "text", lambda case, name: case.loan.product),
    Column("region", _("地区"), "text", lambda case, name: case.loan.region),
    Column("stage", _("逾期阶段"), "stage", lambda case, name: Stage(case.stage).label),
    Column("days", _("逾期天数"), "days", lambda case, name: case.days_past_due, sort="days_past_due"),
    Column("total", _("逾期总额"), "money", lambda case, name: case.total, sort="total"),
    Column("principal", _("本金"), "money", lambda case, name: case.principal),
    Column("interest", _("利息"), "money", lambda case, name: case.interest),
    Column("penalty", _("违约金"), "money", lambda case, name: case.penalty),
    Column("fees", _("费用"), "money", lambda case, name: case.fees),
    Column("as_of", _("数据日期"), "date", lambda case, name: case.as_of, sort="as_of"),
    Column("opened_on", _("入催日期"), "date", lambda case, name: case.opened_on, sort="opened_on"),
    Column("episode", _("第几次逾期"), "days", lambda case, name: case.episode),
    Column("source", _("数据来源"), "text", lambda case, name: case.loan.source.name),
    Column("desk", _("当前席位"), "text", lambda case, name: case.desk.name if case.desk else ""),
    Column("status", _("状态"), "status", lambda case, name: STATUS_LABELS[status_of(case)]),
)
BY_KEY: dict[str, Column] = {column.key: column for column in COLUMNS}
ALWAYS = ("name", "contract")
DEFAULT = ("name", "contract", "product", "stage", "days", "total", "as_of", "desk", "status")


def chosen(keys: Iterable[str]) -> tuple[Column, ...]:
    """The columns of those keys in the order of the table, with those that lead to the record; unknown keys are dropped."""
    wanted = {*ALWAYS, *keys}
    return tuple(column for column in COLUMNS if column.key in wanted)
