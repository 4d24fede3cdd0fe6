"""Words of complaints: the steps, the audit page, notifications."""

from django.utils.translation import gettext_lazy as _

from collection_ops.core.audit_texts import register_actions
from collection_ops.core.notification_texts import register_texts

STEPS = {
    "received": _("登记"),
    "joined": _("并入另一件"),
    "joined_by": _("并入了重复投诉"),
    "assigned": _("指定经办人"),
    "noted": _("补充"),
    "extended": _("延期"),
    "decided": _("作出决定"),
    "closed": _("办结"),
    "reopened": _("重新受理"),
    "escalated": _("期限提醒"),
}

register_actions(
    {
        "complaint.received": _("登记投诉"),
        "complaint.joined": _("合并重复投诉"),
        "complaint.assigned": _("指定投诉经办人"),
        "complaint.noted": _("补充投诉情况"),
        "complaint.extended": _("投诉延期"),
        "complaint.decided": _("决定投诉"),
        "complaint.closed": _("办结投诉"),
        "complaint.reopened": _("重新受理投诉"),
        "complaint_rates.exported": _("导出投诉率"),
        "staff_task.opened": _("布置辅导或再培训"),
        "staff_task.done": _("完成辅导或再培训"),
    }
)
register_texts(
    {
        "complaint.received": _("收到投诉 %(number)s（%(source)s），须在 %(due)s 前办结"),
        "complaint.assigned": _("投诉 %(number)s 由您办理，须在 %(due)s 前办结"),
        "complaint.joined": _("投诉 %(other)s（%(source)s）已并入您办理的投诉 %(number)s"),
        "complaint.running_out": _("投诉 %(number)s 期限已过 %(percent)s%%，须在 %(due)s 前办结"),
        "complaint.unassigned": _("投诉 %(number)s 还没有经办人，期限已过 %(percent)s%%，须在 %(due)s 前办结"),
        "complaint.last_day": _("投诉 %(number)s 今天到期，尚未办结"),
        "complaint.overdue": _("投诉 %(number)s 已超期，应在 %(due)s 前办结"),
        "staff_task.opened": _("请在 %(due)s 前完成：%(what)s"),
    }
)
