"""The repayment file: which fields it has and what its rows must obey by themselves.

One rule is one small function, as in ``overdue``. What needs the book (is the contract known, is the payment booked
already, which payment does a reversal take back) is decided in ``repayment_facts`` after the rows are matched.
"""

import re
from typing import Any

from django.utils.translation import gettext_lazy as _

from cases.imports.judging.judge import FileRule, Judge, Rule
from cases.imports.judging.result import CleanRow, FileFacts
from cases.imports.judging.shared_rows import Shared
from cases.imports.words.fields import Catalogue, Field, Sharing, ordered

CLAIMED, CONFIRMED = "claimed", "confirmed"

REPAYMENT_FIELDS = ordered(
    Field("contract_no", _("合同编号"), "contract", max_length=64, help=_("不知道时留空，入账后在待匹配中查找")),
    Field("debtor_name", _("客户姓名"), "name", personal=True, max_length=120, help=_("仅用于核对")),
    Field("paid_on", _("还款日期"), "date", required=True),
    Field("paid_amount", _("还款金额"), "money", required=True, help=_("负数只表示冲正")),
    Field("reference", _("流水号"), "contract", max_length=64, help=_("同一流水号只入账一次")),
    Field("original_reference", _("原流水号"), "contract", max_length=64, help=_("冲正行：被冲正的那一笔")),
    Field("channel", _("还款方式"), "text", max_length=32),
    Field("repayment_status", _("还款状态"), "text", max_length=32, help=_("待确认或已确认；没有此列时为已确认")),
    Field("remark", _("备注"), "text", max_length=1000),
)

_CONFIRMED_WORDS = frozenset(
    [
        *("已确认", "确认", "已核实", "是", "正常", "已入账", "已到账", "到账", "confirmed"),
        *("成功", "支付成功", "扣款成功", "交易成功", "success"),
    ]
)
_CLAIMED_WORDS = frozenset(
    [
        "待确认",
        "未确认",
        "待核实",
        "未核实",
        "待入账",
        "未入账",
        "未到账",
        "待到账",
        "处理中",
        "否",
        "claimed",
        "pending",
    ]
)
_FAILED_WORDS = frozenset(
    ["失败", "支付失败", "扣款失败", "交易失败", "已关闭", "已取消", "取消", "作废", "已作废", "failed", "cancelled"]
)
_REVERSAL_WORD = re.compile(r"\s*(?:已?冲正|冲销|红冲|冲回|撤销|退款|退回)")
_REVERSED = re.compile(
    r"(?:冲正|冲销|红冲|冲回|撤销|退款|原(?:交易|还款|支付)?流水号?)\s*(?:[:：]\s*)?([0-9A-Za-z][0-9A-Za-z_\-]{2,63})"
)


def check_amount(row: CleanRow, judge: Judge) -> None:
    """Nothing was paid: there is nothing to book."""
    if row.values["paid_amount"] == 0:
        judge.say("payment_zero", "error", "paid_amount")


def check_day(row: CleanRow, judge: Judge) -> None:
    """Money is booked once it came. The judge's day is today, or the file's own day when that is later."""
    paid_on = row.values["paid_on"]
    if paid_on is not None and paid_on > judge.business_date:
        judge.say("payment_in_future", "error", "paid_on", business_date=judge.business_date.isoformat())


def check_status(row: CleanRow, judge: Judge) -> None:
    """Claimed or confirmed; without a word, confirmed. What failed is no money, and an unknown word is not guessed."""
    word = (row.values["repayment_status"] or "").casefold()
    row.values["repayment_status"] = CLAIMED if word in _CLAIMED_WORDS else CONFIRMED
    if word in _FAILED_WORDS:
        judge.say("payment_failed", "error", "repayment_status")
    elif word and word not in _CLAIMED_WORDS | _CONFIRMED_WORDS and not _REVERSAL_WORD.match(word):
        judge.say("payment_status_unknown", "error", "repayment_status")


def check_direction(row: CleanRow, judge: Judge) -> None:
    """A negative amount takes an earlier payment back; the number of that one may stand in its column or in the remark.
    A positive amount that calls itself a reversal could be either: it stays out."""
    values = row.values
    amount = values["paid_amount"]
    if amount is None or amount == 0:
        return
    named = values["original_reference"]
    if amount < 0:
        if named is None and (found := _REVERSED.search(values["remark"] or "")):
            values["original_reference"] = found[1]
        return
    words = [values[name] for name in ("channel", "remark", "repayment_status")]
    if (named and named != values["reference"]) or any(word and _REVERSAL_WORD.match(word) for word in words):
        judge.say("reversal_not_negative", "error", "paid_amount")
    values["original_reference"] = None


def check_serial(row: CleanRow, judge: Judge) -> None:
    """Without a serial number a payment cannot be told from its own repetition; it goes in and the clerk is told."""
    if row.values["reference"] is None and row.state == "accepted" and judge.has("reference"):
        judge.say("serial_missing", "warning", "reference")


def note_missing_serials(facts: FileFacts, judge: Judge) -> None:
    """Said once for a file that has no such column at all."""
    if facts.rows and not judge.has("reference"):
        judge.say_of_file("serials_missing", "warning")


def _serial(row: CleanRow) -> tuple[Any, ...] | None:
    """Rows of one serial number; a reversal may carry the number of what it takes back."""
    values = row.values
    if row.state != "accepted" or values["reference"] is None:
        return None
    return values["reference"], values["paid_amount"] < 0, values["repayment_status"]


def part_repeated_serials(row: CleanRow, shared: Shared, judge: Judge) -> None:
    """One serial number is one payment. The same row again is booked once; the same number with another contract, day or
    amount is a contradiction that only the sender can settle."""
    reference = row.values["reference"]
    if not shared.agree:
        rows = judge.names_of(shared.among)
        judge.say("serial_contradicts", "error", "reference", value=reference, rows=rows)
    elif shared.nth:
        first = judge.name_of(shared.among[0])
        judge.say("serial_repeated", "warning", "reference", value=reference, first_row=first)
        row.state = "rejected"
        row.values["difference"] = "repeated"


def _unnumbered(row: CleanRow) -> tuple[Any, ...] | None:
    values = row.values
    if row.state != "accepted" or values["reference"] is not None:
        return None
    return (*_payment(row), values["debtor_name"], values["repayment_status"])


def count_identical(row: CleanRow, shared: Shared, judge: Judge) -> None:
    """Equal rows without a serial number may be two true payments: each is booked, and the clerk is told to look."""
    if shared.nth:
        rows = judge.names_of(shared.among)
        judge.say("payment_identical", "warning", "paid_amount", count=shared.count, rows=rows)


def _payment(row: CleanRow) -> tuple[Any, ...]:
    values = row.values
    return values["contract_no"], values["paid_on"], values["paid_amount"]


RULES: tuple[Rule, ...] = (check_amount, check_day, check_direction, check_status, check_serial)
SHARED = (
    Sharing(of=_serial, says=_payment, rule=part_repeated_serials),
    Sharing(of=_unnumbered, says=_payment, rule=count_identical),
)
FILE_RULES: tuple[FileRule, ...] = (note_missing_serials,)

REPAYMENTS = Catalogue(
    name="repayments",
    fields=REPAYMENT_FIELDS,
    key="contract_no",
    one_of=(("contract_no",),),
    summed=("paid_amount",),
    row_rules=RULES,
    shared=SHARED,
    file_rules=FILE_RULES,
)
"""What ``recognise`` and ``clean_sheet`` are given for a repayment file."""
