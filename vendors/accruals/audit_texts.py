"""What the audit events of accruals and vouchers are called on the audit page."""

from django.utils.translation import gettext_lazy as _

from collection_ops.core.audit_texts import register_actions

register_actions(
    {
        "accrual.made": _("计提委外费用"),
        "accrual.reversed": _("冲回委外计提"),
        "voucher.posted": _("委外凭证过账"),
        "voucher.exported": _("下载委外凭证汇总"),
    }
)
