"""What the audit events of settlements are called on the audit page."""

from django.utils.translation import gettext_lazy as _

from collection_ops.core.audit_texts import register_actions

register_actions(
    {
        "settlement.made": _("生成委外结算单"),
        "settlement.accepted": _("机构确认结算明细"),
        "settlement.disputed": _("登记结算争议"),
        "settlement.resolved": _("处理结算争议"),
        "settlement.confirmed": _("核对委外结算单"),
        "settlement.returned": _("退回委外结算单"),
        "settlement.approved": _("批准委外结算单"),
        "settlement.paid": _("登记委外付款"),
        "settlement.exported": _("生成委外结算单文件"),
        "settlement.taken": _("下载委外结算单"),
    }
)
