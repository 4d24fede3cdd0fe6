"""What the audit events of the book are called on the audit page."""

from django.utils.translation import gettext_lazy as _

from collection_ops.core.audit_texts import register_actions

register_actions(
    {
        "person.revealed": _("查看完整信息"),
        "search.person": _("查找客户"),
        "cases.export_requested": _("申请导出案件"),
        "cases.exported": _("导出案件"),
        "cases.export_downloaded": _("下载导出文件"),
        "absence.explained": _("解释缺席"),
        "absence.explained_by_rule": _("按规则解释缺席"),
        "absence.explanation_taken_back": _("撤回缺席解释"),
        "case.closed": _("结案"),
        "custody.moved": _("调整案件归属"),
        "repayments.recorded": _("记录还款"),
        "repayment.matched": _("还款归入合同"),
        "repayment.released": _("取消还款匹配"),
        "promise.made": _("登记承诺还款"),
        "promise.cancelled": _("取消承诺还款"),
        "promise.settled": _("承诺还款有了结果"),
        "waiver.applied": _("申请减免"),
        "waiver.half_approved": _("第一人批准减免"),
        "waiver.approved": _("批准减免"),
        "waiver.rejected": _("驳回减免"),
        "waiver.withdrawn": _("撤回减免申请"),
        "waiver.used": _("使用减免"),
        "waiver.lapsed": _("减免失效"),
        "import.received": _("收到导入文件"),
        "import.answered": _("确认列含义"),
        "import.unlocked": _("输入文件密码"),
        "import.apply_requested": _("提交应用导入"),
        "import.control_totals": _("填写控制总数"),
        "import.submitted": _("提交导入审批"),
        "import.approved": _("批准导入"),
        "import.returned": _("退回导入"),
        "import.withdrawn": _("撤回导入审批"),
        "import.applied": _("应用导入"),
        "import.undone": _("撤销导入"),
        "import.partly_undone": _("撤销部分导入"),
        "import.discarded": _("放弃导入"),
        "import.interrupted": _("导入中断"),
        "import.errors_taken": _("下载错误行"),
        "import.file_taken": _("下载原文件"),
        "layout.saved": _("保存列映射"),
        "source.added": _("新增数据来源"),
        "source.changed": _("修改数据来源"),
    }
)
