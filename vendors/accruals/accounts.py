"""The accounts that vouchers name. Codes are dated business settings: a chart of accounts changes on a day, not in code."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from collection_ops.core.dated_settings import Setting, values_on
from vendors.accruals.entries import Account

ACCOUNT_NAMES: Mapping[Account, Any] = {
    Account.FEE: _("业务及管理费-委外服务费"),
    Account.PENALTY: _("业务及管理费-委外扣款"),
    Account.CLAWBACK: _("业务及管理费-委外费用追回"),
    Account.TAX: _("应交税费-应交增值税(进项税额)"),
    Account.TAX_PENDING: _("应交税费-待认证进项税额"),
    Account.ACCRUED: _("其他应付款-预提委外服务费"),
    Account.PAYABLE: _("应付账款-委外机构"),
    Account.BANK: _("银行存款"),
}
_SOURCE = _("公司会计科目表；预设编码为示例，启用前由财务按本单位科目改定")
_CODES = {
    account: Setting(
        f"voucher.account_{account.value}", label=label, default=code, source=_SOURCE, least=1_000, most=9_999_999_999
    )
    for account, code, label in (
        (Account.FEE, 66020101, _("凭证科目编码：业务及管理费-委外服务费")),
        (Account.PENALTY, 66020102, _("凭证科目编码：业务及管理费-委外扣款")),
        (Account.CLAWBACK, 66020103, _("凭证科目编码：业务及管理费-委外费用追回")),
        (Account.TAX, 22210101, _("凭证科目编码：应交税费-应交增值税(进项税额)")),
        (Account.TAX_PENDING, 22210102, _("凭证科目编码：应交税费-待认证进项税额")),
        (Account.ACCRUED, 22410101, _("凭证科目编码：其他应付款-预提委外服务费")),
        (Account.PAYABLE, 22020101, _("凭证科目编码：应付账款-委外机构")),
        (Account.BANK, 10020101, _("凭证科目编码：银行存款")),
    )
}


def codes_on(day: date) -> dict[Account, str]:
    """The code of each account in force on a day. One query."""
    found = values_on(day, list(_CODES.values()))
    return {account: str(found[setting.name]) for account, setting in _CODES.items()}
