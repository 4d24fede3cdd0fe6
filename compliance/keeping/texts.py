"""Words of keeping: why something stays, the audit page, notifications."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from collection_ops.core.audit_texts import register_actions
from collection_ops.core.notification_texts import register_texts

REASONS: dict[str, str | Promise] = {
    "legal_hold": _("法律保全中"),
    "unsettled": _("未结清"),
    "complaint": _("有未办结的投诉"),
    "referral": _("有未办结的转办"),
    "request": _("有未办结的个人信息请求"),
    "hold": _("停催中"),
    "referred": _("其他记录仍在引用"),
    "younger": _("未满保存年限"),
}

EFFECTS: dict[str, str | Promise] = {
    "agreed_hours": _("终止的约定时段"),
    "consent_points": _("停用经同意取得的号码"),
    "name": _("姓名"),
    "point_wrong": _("有误的联系方式，已标为失效"),
    "point_added": _("补充的联系方式"),
}

register_actions(
    {
        "retention.drafted": _("统计到期记录"),
        "retention.proposed": _("提出到期删除"),
        "retention.approved": _("批准到期删除"),
        "retention.resumed": _("继续执行到期删除"),
        "retention.rejected": _("不批准到期删除"),
        "retention.withdrawn": _("撤回到期删除"),
        "retention.removed": _("删除一批到期记录"),
        "retention.applied": _("到期删除执行完毕"),
        "legal_hold.placed": _("登记法律保全"),
        "legal_hold.lifted": _("解除法律保全"),
        "data_request.received": _("登记个人信息请求"),
        "data_request.checked": _("核验请求人身份"),
        "data_request.decided": _("决定个人信息请求"),
        "data_request.erased": _("执行个人信息删除"),
        "data_request.corrected": _("更正个人信息"),
        "data_request.consent_withdrawn": _("执行撤回同意"),
        "data_request.done": _("办结个人信息请求"),
        "data_request.copy_made": _("生成个人信息副本"),
        "data_request.file_taken": _("下载个人信息副本"),
        "data_request.files_purged": _("清除到期的个人信息副本"),
    }
)
register_texts(
    {
        "retention.proposed": _("到期删除 %(number)s 待批准"),
        "retention.decided": _("到期删除 %(number)s：%(decision)s"),
        "data_request.received": _("收到个人信息请求 %(number)s，须在 %(due)s 前答复"),
        "data_request.erase": _("个人信息请求 %(number)s 已同意删除，待您执行"),
        "data_request.reminder": _("个人信息请求 %(number)s 已用去 %(percent)s%% 的时间，须在 %(due)s 前答复"),
    }
)
