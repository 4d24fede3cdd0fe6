"""What the audit events of agencies are called on the audit page."""

from django.utils.translation import gettext_lazy as _

from collection_ops.core.audit_texts import register_actions

register_actions(
    {
        "agency.registered": _("登记委外机构"),
        "agency.changed": _("修改委外机构资料"),
        "agency.listing": _("修改机构名单与公示"),
        "agency.document": _("登记机构文件"),
        "agency.document_taken": _("下载机构文件"),
        "agency.person": _("登记机构人员"),
        "agency.certificate": _("更新机构人员证书"),
        "agency.person_left": _("登记机构人员离岗"),
        "agency.checked": _("登记准入核查"),
        "agency.evaluated": _("登记机构评价"),
        "agency.activated": _("启用委外机构"),
        "agency.stopped": _("停止委案"),
        "agency.resumed": _("恢复委案"),
        "agency.exit_begun": _("开始机构退出"),
        "agency.exit_step": _("登记机构退出事项"),
        "agency.exited": _("办结机构退出"),
    }
)
