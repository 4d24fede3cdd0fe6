"""The workbooks a new source can begin with, one a kind of file: known headings, formats that keep numbers whole."""

from dataclasses import dataclass
from typing import IO

import xlsxwriter
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from cases.models import RunKind

ROWS_WITH_RULES = 5_000


@dataclass(frozen=True)
class Column:
    """`heading` stays Chinese in both languages, because files do; the note is for the reader."""

    heading: str
    kind: str
    required: bool
    note: object
    example: str


@dataclass(frozen=True)
class Template:
    """`sheet` and `file_name` stay Chinese too. No value of the column `once` comes twice; `closing` is what else there
    is to know."""

    file_name: str
    sheet: str
    columns: tuple[Column, ...]
    once: str
    closing: object


OVERDUE_COLUMNS = (
    Column("合同编号", "text", True, gettext_lazy("来源系统里一份合同的唯一编号，不可重复"), "XYK202400000001"),
    Column("客户姓名", "text", True, gettext_lazy("与证件一致；少数民族姓名保留间隔号 ·"), "欧阳样例"),
    Column("证件号码", "text", False, gettext_lazy("文本格式；数字格式会丢失末尾几位"), "170000199001010013"),
    Column("手机号码", "text", False, gettext_lazy("本人号码；多个号码用顿号分开或另加“手机号2”列"), "15400000000"),
    Column("产品名称", "plain", False, "", "标准信用卡"),
    Column("所属城市", "plain", False, "", "杭州市"),
    Column("授信额度", "money", False, gettext_lazy("元，最多两位小数"), "50000"),
    Column("本金余额", "money", False, gettext_lazy("元，最多两位小数"), "12000"),
    Column("应收利息", "money", False, gettext_lazy("元，最多两位小数"), "300.5"),
    Column("违约金", "money", False, gettext_lazy("元，最多两位小数"), "99.5"),
    Column("费用", "money", False, gettext_lazy("元，最多两位小数"), "0"),
    Column("逾期总额", "money", True, gettext_lazy("应等于本金、利息、违约金、费用之和；有分项时可不填"), "12400"),
    Column("应还日期", "date", False, gettext_lazy("最早一期未还款项的应还日期"), ""),
    Column("逾期天数", "days", True, gettext_lazy("整数；有应还日期时可不填"), "45"),
    Column("联系地址", "plain", False, "", ""),
    Column("工作单位", "plain", False, "", ""),
)

REPAYMENT_COLUMNS = (
    Column(
        "流水号",
        "text",
        False,
        gettext_lazy("文本格式；同一流水号只入账一次，没有时按合同、日期、金额识别"),
        "LS2024000001",
    ),
    Column(
        "合同编号",
        "text",
        True,
        gettext_lazy("这一列须有，与逾期清单中的编号一致；个别不知道的可留空，入账后再匹配"),
        "XYK202400000001",
    ),
    Column("客户姓名", "text", False, gettext_lazy("仅用于核对"), "欧阳样例"),
    Column("还款日期", "date", True, gettext_lazy("实际收到款项的日期，不能晚于今天"), "2026-03-31"),
    Column("还款金额", "money", True, gettext_lazy("元，最多两位小数；负数只表示冲正"), "1200.5"),
    Column("还款方式", "plain", False, "", "银行代扣"),
    Column("还款状态", "plain", False, gettext_lazy("待确认或已确认；留空为已确认"), "已确认"),
    Column("原流水号", "text", False, gettext_lazy("只在冲正行填写：被冲正的那一笔的流水号"), ""),
    Column("备注", "plain", False, "", ""),
)

TEMPLATES: dict[str, Template] = {
    RunKind.OVERDUE: Template(
        file_name="逾期清单模板.xlsx",
        sheet="逾期明细",
        columns=OVERDUE_COLUMNS,
        once="合同编号",
        closing=gettext_lazy(
            "列的先后和多出的列不影响导入；标题行上方可以有标题，末尾可以有合计行。一个文件只放一天的数据。"
        ),
    ),
    RunKind.REPAYMENTS: Template(
        file_name="还款明细模板.xlsx",
        sheet="还款明细",
        columns=REPAYMENT_COLUMNS,
        once="流水号",
        closing=gettext_lazy(
            "列的先后和多出的列不影响导入；标题行上方可以有标题，末尾可以有合计行。一个文件可以有多天的还款，以前入账的不会重复入账。"
        ),
    ),
}


def register_template(kind: RunKind, template: Template) -> None:
    """The workbook of a kind of file that an app above registers."""
    TEMPLATES[kind] = template


def write_template(stream: IO[bytes], template: Template) -> None:
    """An empty list: red headings are needed, blue ones welcome; a second sheet explains every column."""
    with xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False}) as book:
        needed = book.add_format({"bold": True, "font_color": "#FFFFFF", "bg_color": "#C0362C", "border": 1})
        welcome = book.add_format({"bold": True, "font_color": "#FFFFFF", "bg_color": "#2A5FA5", "border": 1})
        formats = {
            "text": book.add_format({"num_format": "@"}),
            "plain": None,
            "money": book.add_format({"num_format": "#,##0.00"}),
            "date": book.add_format({"num_format": "yyyy-mm-dd"}),
            "days": book.add_format({"num_format": "0"}),
        }
        sheet = book.add_worksheet(template.sheet)
        for index, column in enumerate(template.columns):
            sheet.set_column(index, index, max(len(column.heading) * 2 + 4, 14), formats[column.kind])
            sheet.write_string(0, index, column.heading, needed if column.required else welcome)
            if column.note:
                sheet.write_comment(0, index, str(column.note))
            _add_rule(sheet, index, column, once=column.heading == template.once)
        sheet.freeze_panes(1, 1)
        sheet.autofilter(0, 0, ROWS_WITH_RULES, len(template.columns) - 1)
        _write_explanation(book, template)


def _add_rule(sheet: Worksheet, index: int, column: Column, *, once: bool) -> None:
    rule: dict[str, object] | None = None
    if column.kind == "money":
        rule = {"validate": "decimal", "criteria": "between", "minimum": -999_999_999_999, "maximum": 999_999_999_999}
        rule["error_message"] = _("请填写金额（元），例如 1234.56")
    elif column.kind == "days":
        rule = {"validate": "integer", "criteria": "between", "minimum": 0, "maximum": 7300}
        rule["error_message"] = _("请填写整数天数，例如 45")
    elif once:
        letter = xl_col_to_name(index)
        rule = {"validate": "custom", "value": f"=COUNTIF(${letter}$2:${letter}${ROWS_WITH_RULES + 1},{letter}2)=1"}
        rule["error_message"] = _("%(column)s重复") % {"column": column.heading}
    if rule is not None:
        rule.update({"ignore_blank": True, "error_title": column.heading, "error_type": "warning"})
        sheet.data_validation(1, index, ROWS_WITH_RULES, index, rule)


def _write_explanation(book: xlsxwriter.Workbook, template: Template) -> None:
    sheet = book.add_worksheet("说明")
    bold, wrap = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
    for index, (title, width) in enumerate(((_("列"), 14), (_("是否必填"), 12), (_("说明"), 60), (_("示例"), 24))):
        sheet.set_column(index, index, width)
        sheet.write_string(0, index, title, bold)
    for number, column in enumerate(template.columns, start=1):
        sheet.write_string(number, 0, column.heading)
        sheet.write_string(number, 1, _("必填") if column.required else _("选填"))
        sheet.write_string(number, 2, str(column.note), wrap)
        sheet.write_string(number, 3, column.example)
    sheet.write_string(len(template.columns) + 2, 0, str(template.closing))
