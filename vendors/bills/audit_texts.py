"""What the audit events of agencies' bills are called on the audit page."""

from django.utils.translation import gettext_lazy as _

from collection_ops.core.audit_texts import register_actions

register_actions(
    {
        "bill.uploaded": _("上传机构账单"),
        "bill.compared": _("核对机构账单"),
        "bill.disputed": _("按账单核对登记结算争议"),
        "bill.answered": _("答复机构账单"),
        "bill.taken": _("下载机构账单原件"),
    }
)
