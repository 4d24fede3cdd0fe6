"""What a file may say: fields, and the catalogue that gathers the fields of one kind of file.

A catalogue is data with rules. Reading, layouts, cleaning and checking take it as a parameter and know no field
by name, so that repayments, agency results and complaint ledgers each come as a catalogue of their own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Kind = Literal[
    "text", "prose", "name", "contract", "contracts", "id_no", "phone", "money", "date", "days", "stage", "relation"
]
"""``prose`` keeps its line breaks; a cell of ``contracts`` may hold several numbers."""

IGNORE = "ignore"
"""The pseudo field of a column that is not read."""


@dataclass(frozen=True, slots=True)
class Field:
    """One thing a file may say about a row.

    ``personal`` values are masked wherever a problem quotes them. ``repeats`` fields may come in several columns
    (手机号1, 手机号2). A blank cell of a ``required`` field keeps the row out; a cell of a ``lenient`` one that cannot be
    read is said and left out, and the row goes in. ``max_length`` counts characters.
    """

    name: str
    label: Any
    kind: Kind
    required: bool = False
    personal: bool = False
    repeats: bool = False
    max_length: int = 200
    help: Any = ""
    lenient: bool = False


@dataclass(frozen=True)
class Sharing:
    """Something that several rows of a file may have in common, and what that means.

    Rows belong together that have the same value of ``field`` (which no rule may change: it is looked at first), or for
    which ``of(row)`` is the same; None is no group. ``says(row)`` is what rows of a group agree about or not.
    ``rule(row, shared, judge)`` is asked about every row of a group of two and more, after the row rules, with what is
    known of the group (``shared_rows.Shared``).
    """

    rule: Callable[..., None]
    says: Callable[..., Any]
    field: str = ""
    of: Callable[..., Any] | None = None


@dataclass(frozen=True)
class Catalogue:
    """The fields of one kind of file and the rules its rows obey.

    ``key`` names the field that tells a row of data from a sum or a footer, and mostly one row from another (``key_parts``);
    what rows of one file must not have in common is in ``shared``.
    ``one_of`` lists groups of fields of which a file must bring at least one column; the first of a group is the
    one named when all are missing. ``summed`` money fields make the control totals. ``date_field`` is the column
    that states the day of the data. ``distinct`` fields have their different values kept for the file rules, so they
    should be few. ``collect`` turns the values of repeating columns into one value of the row.
    """

    name: str
    fields: Mapping[str, Field]
    key: str
    one_of: tuple[tuple[str, ...], ...] = ()
    summed: tuple[str, ...] = ()
    date_field: str | None = None
    distinct: tuple[str, ...] = ()
    row_rules: tuple[Callable[..., Any], ...] = ()
    shared: tuple[Sharing, ...] = ()
    file_rules: tuple[Callable[..., Any], ...] = ()
    collect: Callable[..., Any] | None = field(default=None)
    key_parts: bool = True

    def __post_init__(self) -> None:
        for item in self.fields.values():
            _LABELS.setdefault(item.name, item.label)

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(item.name for item in self.fields.values() if item.required)


# What an answer may be besides a field; "*" stands for all sheets of the same columns (understanding.ALL_SHEETS).
_LABELS: dict[str, Any] = {IGNORE: pgettext_lazy("import column", "不读取"), "*": _("全部一起读取")}


def label_of(name: str) -> str:
    """The field's label in the reader's language; the bare name when no catalogue knows it."""
    return str(_LABELS.get(name, name))


_NO_HEADING = "field:"


def unheaded(name: str) -> str:
    """What a problem keeps as its column when the file has none for the field; `column_label` says it in words."""
    return f"{_NO_HEADING}{name}"


def column_label(column: str) -> str:
    """A problem's column for the reader: the heading as the file writes it, or the field's label in their language."""
    return label_of(column.removeprefix(_NO_HEADING)) if column.startswith(_NO_HEADING) else column


def ordered(*fields: Field) -> dict[str, Field]:
    """Fields by their names, in the order in which pages list them."""
    return {item.name: item for item in fields}


OVERDUE_FIELDS: Mapping[str, Field] = ordered(
    Field(
        "contract_no", _("合同编号"), "contract", required=True, max_length=64, help=_("来源系统里一份合同的唯一编号")
    ),
    Field("debtor_name", _("客户姓名"), "name", required=True, personal=True, max_length=120),
    Field("id_type", _("证件类型"), "text", max_length=32),
    Field(
        "id_no", _("证件号码"), "id_no", personal=True, max_length=40, help=_("请以文本格式导出，否则末尾几位会丢失")
    ),
    Field("phone", _("手机号码"), "phone", personal=True, repeats=True, help=_("客户本人的号码，可有多列")),
    Field("product", _("产品"), "text", max_length=64),
    Field("region", _("地区"), "text", max_length=64),
    Field("address", _("地址"), "text", personal=True, max_length=500),
    Field("employer", _("工作单位"), "text", personal=True),
    Field("credit_limit", _("授信额度/合同金额"), "money"),
    Field("principal", _("本金余额"), "money"),
    Field("interest", _("利息"), "money"),
    Field("penalty", _("违约金/罚息"), "money"),
    Field("fees", _("费用"), "money"),
    Field("total", _("逾期总额"), "money"),
    Field("due_date", _("应还日期"), "date", help=_("最早一期未还款项的应还日期；没有时可用逾期日期")),
    Field("days_past_due", _("逾期天数"), "days"),
    Field("stage", _("逾期阶段"), "stage", help=_("仅用于核对，阶段总是由逾期天数计算")),
    Field("business_date", _("数据日期"), "date"),
    Field("disbursed_on", _("放款日期"), "date"),
    Field("contact_name", _("联系人姓名"), "name", personal=True, repeats=True, max_length=64),
    Field("contact_phone", _("联系人电话"), "phone", personal=True, repeats=True),
    Field("contact_relation", _("联系人关系"), "relation", repeats=True, max_length=32),
    Field("remark", _("备注"), "text", max_length=1000),
)
