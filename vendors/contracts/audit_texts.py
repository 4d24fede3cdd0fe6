"""What the audit events of contracts are called on the audit page."""

from django.utils.translation import gettext_lazy as _

from collection_ops.core.audit_texts import register_actions

register_actions(
    {
        "contract.registered": _("登记委外合同"),
        "contract.drafted": _("起草合同版本"),
        "contract.saved": _("修改合同草稿"),
        "contract.benched": _("合同试算"),
        "contract.submitted": _("提交合同版本"),
        "contract.withdrawn": _("撤回合同版本"),
        "contract.approved": _("批准合同版本"),
    }
)
