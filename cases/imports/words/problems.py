"""What can be wrong with a file, a row or a cell, and the sentence that tells the clerk.

A problem keeps its code and parameters; the sentence is made when somebody reads it, in that person's language.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from django.utils.translation import gettext_lazy as _

from cases.imports.words.fields import column_label, label_of
from cases.imports.words.run_messages import RUN_MESSAGES
from collection_ops.core.masking import mask_address, mask_id, mask_name, mask_phone
from collection_ops.core.wording import listed

Severity = Literal["error", "warning", "info"]

# Sentences may use %(row)s, %(column)s, %(value)s and %(sheet)s besides the parameters of their code.
MESSAGES: Mapping[str, Any] = {
    # The file as a whole, before it can be read
    "file_empty": _("文件是空的（0 字节）"),
    "file_too_large": _("文件超过 %(megabytes)s MB，请按产品或地区拆分后上传"),
    "file_damaged": _("文件已损坏或不完整，请重新导出后上传"),
    "format_unsupported": _("不支持这种文件格式，请上传 .xlsx、.xls 或 .csv"),
    "not_a_workbook": _("文件不是 Excel 工作簿，请上传 .xlsx、.xls 或 .csv"),
    "html_not_excel": _("文件其实是网页（HTML/XML），请用 Excel 打开后另存为 .xlsx 再上传"),
    "password_protected": _("文件设有打开密码，请取消密码后重新上传"),
    "too_large_unpacked": _("文件解压后过大（超过 %(megabytes)s MB），请拆分后上传"),
    "container_odd": _(
        "文件内部结构异常（%(members)s 个部件，或部件名称不正常），请用 Excel 打开后另存为 .xlsx 再上传"
    ),
    "container_encrypted": _("文件内部的部件加了密，请用 Excel 打开后另存为 .xlsx 再上传"),
    "xml_entities": _("文件中含有外部实体声明，已拒绝读取；请从系统重新导出后上传"),
    "sheets_too_many": _("工作簿有 %(sheets)s 张工作表，上限是 %(limit)s 张；请只保留有数据的工作表后上传"),
    "far_cell": _("第 %(row)s 行有一个离数据很远的单元格，请删除数据下方和右方多余的行列、保存后再上传"),
    "sheet_too_wide_or_long": _("表格超过 %(rows)s 行或 %(columns)s 列，请删除多余的行列或拆分后上传"),
    "quote_open": _("第 %(row)s 行有一个没有配对的引号，其后的行无法拆分；请改正或改存为 .xlsx 后上传"),
    "encoding_unknown": _("无法识别文本编码，请另存为 UTF-8 或 GB18030（ANSI）编码的 CSV"),
    "parser_failed": _("文件无法解析，读取程序已中止，请用 Excel 打开后另存为 .xlsx 再上传"),
    "parser_timeout": _("文件解析超时，请拆分后上传"),
    # The layout
    "header_not_found": _("没有找到表头行：前 %(rows)s 行里没有可识别的列标题"),
    "no_data_rows": _("表头下面没有数据行；空文件不会被当作全部结清"),
    "column_missing": _("缺少 %(field)s 列，找到的列标题：%(headings)s"),
    "hidden_columns": _("工作表“%(sheet)s”有 %(count)s 个隐藏列，已一并读取"),
    "hidden_sheet": _("工作表“%(sheet)s”是隐藏的"),
    "merged_cells_filled": _("“%(headings)s”中向下合并的单元格按首格的值补齐了 %(count)s 格"),
    "merged_key_filled": _(
        "“%(column)s”有向下合并的单元格，按首格的值补齐了 %(count)s 格；同一合同的多行内容不同时均不导入"
    ),
    "hidden_rows": _("工作表“%(sheet)s”有 %(count)s 个隐藏行，已一并读取"),
    "formulas_without_value": _("工作表“%(sheet)s”有 %(count)s 个公式没有保存计算结果；请用 Excel 打开并保存后再上传"),
    "error_cells": _("工作表“%(sheet)s”有 %(count)s 个公式错误（如 #N/A）"),
    "macros_ignored": _("文件含有宏，宏不会运行"),
    "columns_not_read": _("未读取的列：%(headings)s"),
    "columns_identical": _("“%(headings)s”两列内容相同，只读取第一列"),
    "column_set_aside": _("“%(column)s”未读取，因为 %(field)s 已取自“%(used)s”"),
    "sheet_not_read": _("工作表“%(sheet)s”未读取"),
    # Rows
    "row_empty": _("第 %(row)s 行起 %(count)s 个空行已跳过"),
    "row_total": _("第 %(row)s 行是合计行（%(value)s），已跳过"),
    "row_footer": _("第 %(row)s 行是表尾说明（%(value)s），已跳过"),
    "row_header_repeated": _("第 %(row)s 行重复了表头，已跳过"),
    "required_missing": _("第 %(row)s 行缺少 %(column)s"),
    "duplicate_row": _("第 %(row)s 行与第 %(first_row)s 行完全相同（合同 %(value)s），不重复导入"),
    "duplicates_found": _("共有 %(count)s 行完全重复，每份合同只计一次"),
    "contract_twice": _("第 %(row)s 行合同 %(value)s 在本文件中出现多次且内容不同（第 %(rows)s 行），均未导入"),
    # Cells that cannot be read
    "amount_unreadable": _("第 %(row)s 行 %(column)s “%(value)s” 不是金额"),
    "amount_too_large": _("第 %(row)s 行 %(column)s “%(value)s” 超出金额范围"),
    "date_unreadable": _("第 %(row)s 行 %(column)s “%(value)s” 不是日期"),
    "date_impossible": _("第 %(row)s 行 %(column)s “%(value)s” 这一天不存在"),
    "date_without_year": _("第 %(row)s 行 %(column)s “%(value)s” 没有年份"),
    "date_ambiguous": _("第 %(row)s 行 %(column)s “%(value)s” 年月日次序不明，请写成 2026-03-05"),
    "date_out_of_range": _("第 %(row)s 行 %(column)s “%(value)s” 年份不合理"),
    "days_unreadable": _("第 %(row)s 行 %(column)s “%(value)s” 不是数字"),
    "days_not_whole": _("第 %(row)s 行 %(column)s “%(value)s” 不是整数天"),
    "formula_not_computed": _("第 %(row)s 行 %(column)s 是公式，文件里没有它的结果；请用 Excel 打开、保存后再上传"),
    "formula_error": _("第 %(row)s 行 %(column)s 是出错的公式（%(value)s），请改正后再上传"),
    "text_too_long": _("第 %(row)s 行 %(column)s 超过 %(limit)s 个字"),
    "text_cut": _("第 %(row)s 行 %(column)s 超过 %(limit)s 个字，只保留前 %(limit)s 个字"),
    "text_unreadable": _("第 %(row)s 行 %(column)s “%(value)s” 不是文字"),
    "number_lost_digits": _(
        "第 %(row)s 行 %(column)s “%(value)s” 以数字保存，末尾几位已丢失；请设为文本格式后重新导出"
    ),
    "scientific_notation": _(
        "第 %(row)s 行 %(column)s “%(value)s” 是科学计数法，原号码已丢失，未导入该号码；请设为文本格式后重新导出"
    ),
    "scientific_column": _(
        "%(column)s 一列有 %(count)s 个科学计数法号码，原号码已丢失；请从系统重新导出，不要用 Excel 打开后另存"
    ),
    "contract_no_several": _("第 %(row)s 行 %(column)s “%(value)s” 含有多个合同编号，请拆成每份合同一行，金额分别填写"),
    "contract_no_decimal_point": _("第 %(row)s 行 %(column)s “%(value)s” 末尾的 .0 已去掉"),
    "phone_unusable": _("第 %(row)s 行 %(column)s “%(value)s” 没有可拨打的号码"),
    "phone_masked": _("第 %(row)s 行 %(column)s “%(value)s” 已打码，没有可拨打的号码"),
    "phone_partly": _("第 %(row)s 行 %(column)s “%(value)s” 只有一部分是可拨打的号码"),
    "id_unusable": _("第 %(row)s 行 %(column)s “%(value)s” 不是有效证件号码"),
    "id_length": _("第 %(row)s 行 %(column)s “%(value)s” 不是 18 位（或旧 15 位）身份证号"),
    "id_checksum": _("第 %(row)s 行 %(column)s “%(value)s” 校验位不符，不用于识别同一客户"),
    # Rows judged as a whole
    "amount_missing": _("第 %(row)s 行没有逾期总额，也没有本金、利息等分项"),
    "total_differs": _("第 %(row)s 行 %(column)s “%(value)s” 与本金、利息、违约金、费用之和 %(sum)s 不符"),
    "total_not_positive": _("第 %(row)s 行 %(column)s “%(value)s” 不大于零"),
    "total_computed": _("%(count)s 行没有逾期总额，按分项之和计算"),
    "parts_missing": _("%(count)s 行只有逾期总额，没有本金、利息等分项；分项按 0 记录"),
    "days_disagree": _(
        "第 %(row)s 行逾期天数 %(value)s 与应还日期 %(due_date)s 不一致（按数据日期应为 %(computed)s 天），以文件的天数为准"
    ),
    "days_unknown": _("第 %(row)s 行没有逾期天数，也无法由应还日期推算"),
    "days_zero": _("第 %(row)s 行逾期天数为 0，尚未逾期"),
    "days_negative": _("第 %(row)s 行 %(column)s “%(value)s” 是负数"),
    "days_too_large": _("第 %(row)s 行 %(column)s “%(value)s” 超过 %(limit)s 天"),
    "due_date_in_future": _("第 %(row)s 行 %(column)s “%(value)s” 晚于数据日期 %(business_date)s"),
    "stage_disagrees": _("第 %(row)s 行 %(column)s “%(value)s” 与逾期天数 %(days)s（%(stage)s）不一致，按逾期天数计算"),
    # Repayments judged by themselves
    "payment_zero": _("第 %(row)s 行 %(column)s 为 0，没有可入账的款项"),
    "payment_in_future": _("第 %(row)s 行 %(column)s “%(value)s” 晚于 %(business_date)s，尚未发生的还款不入账"),
    "payment_failed": _("第 %(row)s 行 %(column)s 是“%(value)s”，没有收到款项，不入账"),
    "payment_status_unknown": _(
        "第 %(row)s 行 %(column)s “%(value)s” 不知是已确认还是待确认；请写明其一，或在列映射中选择不读取此列"
    ),
    "reversal_not_negative": _("第 %(row)s 行写明是冲正或退款，%(column)s 却是正数；冲正请写成负数"),
    "serial_missing": _("第 %(row)s 行没有流水号，已按合同、日期、金额识别"),
    "serials_missing": _("文件没有流水号列，重复只能按合同、日期、金额识别"),
    "serial_repeated": _("第 %(row)s 行与第 %(first_row)s 行的流水号 %(value)s 相同，只入账一次"),
    "serial_contradicts": _("第 %(row)s 行流水号 %(value)s 在本文件中出现多次且内容不同（第 %(rows)s 行），均未入账"),
    "payment_identical": _(
        "第 %(row)s 行与其他行内容相同且没有流水号（第 %(rows)s 行），按 %(count)s 笔还款入账，请核实"
    ),
    # The file judged as a whole
    "business_date_differs": _("文件中的数据日期是 %(file_date)s，与所选的 %(business_date)s 不同"),
    "business_dates_mixed": _("文件中有多个数据日期：%(dates)s；一个文件只能是一天的数据"),
    "title_date_differs": _("标题中的日期是 %(file_date)s，与所选的数据日期 %(business_date)s 不同"),
    "total_row_agrees": _("合计行（第 %(row)s 行）与明细之和一致"),
    "total_row_differs": _("合计行（第 %(row)s 行）%(column)s 为 %(value)s，明细之和为 %(sum)s，相差 %(difference)s"),
    # Questions
    "ask_ambiguous": _("“%(heading)s”可能有不同含义，请选择"),
    "ask_unknown": _("不认识“%(heading)s”列，内容像是%(field)s，请选择"),
    "ask_missing": _("没有找到 %(field)s 列，请指出是哪一列"),
    "ask_two_columns": _("有几列都像是%(field)s，请选择采用哪一列"),
    "ask_password": _("文件设有打开密码，请输入密码"),
    "ask_sheet": _("有几张工作表都像是数据，请选择读取哪一张"),
}


_registered: dict[str, Any] = {}


def register_messages(messages: Mapping[str, Any]) -> None:
    """Sentences of a kind of file that an app above brings along. Raises LookupError for a code that is taken."""
    for code, message in messages.items():
        if code in MESSAGES or code in RUN_MESSAGES or _registered.setdefault(code, message) is not message:
            raise LookupError(f"two messages {code!r}")


def render(code: str, params: Mapping[str, Any]) -> str:
    """The sentence for ``code`` in the language of the moment. Lists are kept as lists: what stands between their parts
    belongs to the language too."""
    params = {name: listed(value) if isinstance(value, list) else value for name, value in params.items()}
    if "field" in params:  # stored as the field's name; its label belongs to the reader's language
        params = {**params, "field": label_of(params["field"])}
    return str(MESSAGES.get(code) or RUN_MESSAGES.get(code) or _registered[code]) % params


class Refusal(Exception):
    """Expected: shown to the person who asked, never a fault of ours. `code` is for machines, `message` for the person."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params

    @property
    def message(self) -> str:
        return render(self.code, self.params)

    def as_problem(self) -> "Problem":
        return Problem(sheet="", row=None, column="", value="", code=self.code, severity="error", params=self.params)


class FileRefused(Refusal):
    """Nothing of this file can be taken in."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding. ``row`` is Excel's row number, None when the whole file is meant; ``column`` is the heading as written
    (``fields.unheaded`` where the file has none).

    ``error`` keeps the row out (the file, when ``row`` is None), ``warning`` lets it in and is shown, ``info`` tells
    what was done. ``value`` and ``params`` are ready to be stored and shown: personal values are masked already.
    """

    sheet: str
    row: int | None
    column: str
    value: str
    code: str
    severity: Severity
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def message(self) -> str:
        places = {"sheet": self.sheet, "row": self.row, "column": column_label(self.column), "value": self.value}
        return render(self.code, {**places, **self.params})

    def to_json(self) -> dict[str, Any]:
        return {
            "sheet": self.sheet,
            "row": self.row,
            "column": column_label(self.column),
            "value": self.value,
            "code": self.code,
            "severity": self.severity,
            "message": self.message,
        }


# A number of a person, also when written in groups: 154-0917-7730.
_LONG_RUN = re.compile(r"[0-9０-９](?:[ \-]?[0-9０-９Xx]){6,}")
# A day is not a number of a person, though it has eight figures; whoever must say what a column means needs to see it.
_A_DAY = re.compile(r"(?:19|20)[0-9]{2}[-/.年][0-9]{1,2}[-/.月][0-9]{1,2}日?(?:[ T][0-9:]{5,8})?")
# A mobile or an ID number that stands where none belongs: a column that slipped by one puts a whole file of them there.
_MISPLACED = re.compile(r"(?<![0-9])(?:(1[3-9][0-9]{9})|([0-9]{17}[0-9Xx]))(?![0-9])")
_SHOWN = 80
_BEGINNING = 6
"""Characters of what somebody told: enough to find the cell, too few to tell of the person."""


def shown(cell: Any, *, kind: str = "text", personal: bool = False) -> str:
    """A cell as the clerk saw it in Excel, cut to a line; personal ones masked but still recognisable.

    Masking goes by what is in the cell and not by what should be there: «1.10E+17» or «无» tell nothing of a person
    and are shown as they are, every run of seven or more figures is masked wherever it stands. Of a cell that is not
    personal, what looks like a mobile or an ID number is masked all the same.
    """
    text = _as_seen(cell)
    if personal and text:
        if kind == "name":
            text = mask_name(text)
        elif kind == "text":
            text = mask_address(text)
        elif kind == "prose":
            text = f"{text[:_BEGINNING]}…" if len(text) > _BEGINNING else text
            text = _LONG_RUN.sub("****", text)
        elif not _A_DAY.fullmatch(text):
            mask = mask_phone if kind == "phone" else mask_id
            text = _LONG_RUN.sub(lambda run: mask(re.sub(r"[ \-]", "", run[0])), text)
    else:
        text = _MISPLACED.sub(lambda found: mask_phone(found[1]) if found[1] else mask_id(found[2]), text)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def _as_seen(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float):
        if cell.is_integer() and abs(cell) < 1e15:
            return str(int(cell))
        return f"{cell:.2E}" if abs(cell) >= 1e15 else repr(cell)
    return str(cell)
