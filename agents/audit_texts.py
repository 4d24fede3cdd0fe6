"""Words of the trail for what collectors and their leaders do."""

from django.utils.translation import gettext_lazy as _

from collection_ops.core.audit_texts import register_actions

register_actions(
    {
        "queue.weighted": _("修改队列权重"),
        "payday.told": _("登记发薪日"),
        "assignment.rules_saved": _("修改分案规则"),
        "assignment.planned": _("生成分案预览"),
        "assignment.edited": _("调整分案预览"),
        "assignment.approved": _("批准分案"),
        "assignment.applied": _("分案生效"),
        "assignment.undone": _("撤销分案"),
        "assignment.dropped": _("放弃分案预览"),
    }
)
register_actions(
    {
        "team.opened": _("建立小组"),
        "team.renamed": _("小组改名"),
        "team.leader_set": _("更换组长"),
        "team.closed": _("停用小组"),
        "team.reopened": _("启用小组"),
        "team.placed": _("调入小组"),
        "collector.saved": _("修改催收员档案"),
        "shift.saved": _("修改班次"),
        "leave.asked": _("登记请假"),
        "leave.approved": _("批准请假"),
        "leave.refused": _("驳回请假"),
        "leave.cancelled": _("取消请假"),
    }
)
