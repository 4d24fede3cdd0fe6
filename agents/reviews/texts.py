"""Words of the trail and of messages for reviews, appraisals, rewards and penalties."""

from django.utils.translation import gettext_lazy as _

from collection_ops.core.audit_texts import register_actions
from collection_ops.core.notification_texts import register_texts

register_actions(
    {
        "review.planned": _("写周计划"),
        "review.held": _("进行周复盘"),
        "review.acknowledged": _("确认周复盘"),
        "review.checked": _("核对约定的事"),
        "appraisal.weighted": _("修改考核权重"),
        "appraisal.opened": _("开始考核"),
        "appraisal.self": _("提交自评"),
        "appraisal.judged": _("评定考核"),
        "appraisal.agreed": _("同意考核结果"),
        "appraisal.disagreed": _("不同意考核结果"),
        "appraisal.decided": _("裁定考核"),
        "appraisal.exported": _("导出考核"),
        "reward.ruled": _("修改奖惩规则"),
        "reward.proposed": _("提出奖惩"),
        "reward.half_approved": _("批准奖惩（第一人）"),
        "reward.approved": _("批准奖惩（第二人）"),
        "reward.rejected": _("驳回奖惩"),
        "reward.voided": _("奖励作废"),
        "reward.appealed": _("申诉奖惩"),
        "reward.appeal_upheld": _("申诉成立"),
        "reward.appeal_dismissed": _("申诉不成立"),
    }
)
register_texts(
    {
        "review.held": _("%(week)s 那一周的复盘已写好，请确认"),
        "appraisal.opened": _("%(month)s 的考核已开始，请写自评"),
        "appraisal.judged": _("%(month)s 的考核已评定为 %(grade)s，请确认"),
        "appraisal.decided": _("%(month)s 的考核已裁定为 %(grade)s"),
        "reward.proposed": _("%(month)s 有你的奖惩待审批"),
        "reward.decided": _("%(month)s 的“%(name)s”有了结果"),
    }
)
