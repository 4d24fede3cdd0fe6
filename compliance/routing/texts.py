"""Words of referrals: the steps, the audit page, notifications."""

from django.utils.translation import gettext_lazy as _

from collection_ops.core.audit_texts import register_actions
from collection_ops.core.notification_texts import register_texts

STEPS = {
    "asked": _("转办"),
    "taken": _("接办"),
    "answered": _("答复"),
    "returned": _("退回"),
    "accepted": _("确认答复"),
    "again": _("再次转办"),
    "withdrawn": _("撤回"),
    "told": _("告知客户"),
    "reminded": _("提醒"),
    "owner_gone": _("办理人已离开，转为部门待接办"),
}
TONES = {
    "open": "warning",
    "taken": "info",
    "answered": "info",
    "closed": "success",
    "returned": "danger",
    "withdrawn": "neutral",
}

register_actions(
    {
        "referral.asked": _("转办其他部门"),
        "referral.taken": _("接办转办"),
        "referral.answered": _("答复转办"),
        "referral.returned": _("退回转办"),
        "referral.accepted": _("确认转办答复"),
        "referral.again": _("再次转办"),
        "referral.withdrawn": _("撤回转办"),
        "referral.told": _("登记告知客户"),
        "department.saved": _("维护协办部门"),
        "department.member_added": _("增加部门成员"),
        "department.member_removed": _("移除部门成员"),
        "department.lead": _("指定部门负责人"),
    }
)
register_texts(
    {
        "referral.asked": _("转办 %(number)s 等 %(department)s 答复，期限 %(due)s"),
        "referral.again": _("转办 %(number)s 再次转给 %(department)s，期限 %(due)s"),
        "referral.taken_over": _("转办 %(number)s 已由 %(who)s 接办"),
        "referral.answered": _("%(department)s 已答复转办 %(number)s，请确认"),
        "referral.returned": _("%(department)s 退回转办 %(number)s，请改转其他部门或撤回"),
        "referral.withdrawn": _("转办 %(number)s 已撤回，无须答复"),
        "referral.due": _("转办 %(number)s 须在 %(due)s 前答复"),
        "referral.overdue": _("转办 %(number)s 已超过期限 %(due)s，%(department)s 尚未答复"),
        "referral.look_answered": _("转办 %(number)s 已有答复，请确认或再次转办"),
        "referral.look_returned": _("转办 %(number)s 已被退回，请改转其他部门或撤回"),
    }
)
