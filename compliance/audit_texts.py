"""What the audit events of contacts are called on the audit page."""

from django.utils.translation import gettext_lazy as _

from collection_ops.core.audit_texts import register_actions

register_actions(
    {
        "contact.allowed": _("允许联系"),
        "contact.refused": _("拒绝联系"),
        "contact.recorded": _("记录联系结果"),
        "contact.cancelled": _("标记未拨出"),
        "contact.corrected": _("更正联系记录"),
        "template.written": _("编写消息模板"),
        "template.approved": _("批准消息模板"),
        "template.rejected": _("不批准消息模板"),
        "template.retired": _("停用消息模板"),
        "message.queued": _("消息排队"),
        "message.cancelled": _("取消待发消息"),
        "rule.changed": _("收紧合规规则"),
        "rule.proposed": _("提议放宽合规规则"),
        "rule.approved": _("批准放宽合规规则"),
        "rule.rejected": _("不批准放宽合规规则"),
        "rule.withdrawn": _("撤回规则变更"),
        "contact.identity_confirmed": _("核实客户身份"),
        "contact.dialled": _("话务线路拨号"),
        "contact.line": _("话务线路回传"),
        "contact.transcript": _("收到通话转写"),
        "contact.next_step": _("按结果处理"),
        "recording.reviewed": _("核查无录音通话"),
        "talking_point.submitted": _("提交话术"),
        "talking_point.approved": _("批准话术"),
        "talking_point.rejected": _("话术未通过"),
        "talking_point.retired": _("停用话术"),
        "wish.recorded": _("登记联系约定"),
        "wish.ended": _("结束联系约定"),
        "certificate.recorded": _("登记培训合格证"),
        "certificate.revoked": _("撤销培训合格证"),
        "paper.recorded": _("登记人员材料"),
        "paper.withdrawn": _("撤回人员材料"),
    }
)
