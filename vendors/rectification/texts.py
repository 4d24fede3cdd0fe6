"""Words of rectifications: the steps, the audit page, notifications, tones."""

from django.utils.translation import gettext_lazy as _

from collection_ops.core.audit_texts import register_actions
from collection_ops.core.notification_texts import register_texts
from vendors.models import RectificationState, TerminationState

STEPS = {
    "raised": _("发起整改"),
    "answered": _("机构答复"),
    "accepted": _("验收合格"),
    "sent_back": _("验收不合格，退回"),
    "ext_asked": _("申请延期"),
    "ext_granted": _("同意延期"),
    "ext_refused": _("不同意延期"),
    "overdue": _("逾期"),
    "stopped": _("停止委案"),
    "lifted": _("恢复委案"),
    "end_proposed": _("提议终止合作"),
    "end_line": _("业务批准终止"),
    "end_compliance": _("合规批准终止"),
    "end_rejected": _("终止提议未获批准"),
    "ended": _("合作终止，开始退出"),
}
TONES = {
    RectificationState.OPEN: "warning",
    RectificationState.ANSWERED: "info",
    RectificationState.CLOSED: "success",
    RectificationState.ENDED: "neutral",
}
TERMINATION_TONES = {
    TerminationState.PROPOSED: "warning",
    TerminationState.APPROVED: "danger",
    TerminationState.REJECTED: "neutral",
}
STOP_REASONS = {
    "overdue": _("整改逾期未答复"),
    "failed": _("整改多次验收不合格"),
}

register_actions(
    {
        "rectification.raised": _("发起机构整改"),
        "rectification.answered": _("登记机构整改答复"),
        "rectification.file": _("登记机构整改证据"),
        "rectification.file_taken": _("下载机构整改证据"),
        "rectification.accepted": _("机构整改验收合格"),
        "rectification.sent_back": _("退回机构整改"),
        "rectification.ext_asked": _("申请整改延期"),
        "rectification.ext_decided": _("决定整改延期"),
        "rectification.overdue": _("机构整改逾期"),
        "rectification.stopped": _("因整改停止委案"),
        "rectification.lifted": _("因整改合格恢复委案"),
        "termination.proposed": _("提议终止委外合作"),
        "termination.approved_one": _("批准终止委外合作（第一方）"),
        "termination.approved": _("批准终止委外合作"),
        "termination.rejected": _("否决终止委外合作"),
    }
)
register_texts(
    {
        "rectification.raised": _("机构 %(agency)s 的整改 %(number)s 已发起，期限 %(due)s"),
        "rectification.answered": _("机构 %(agency)s 已答复整改 %(number)s，请验收"),
        "rectification.sent_back": _("整改 %(number)s 验收不合格，请机构在 %(due)s 前重新答复"),
        "rectification.accepted": _("整改 %(number)s 验收合格"),
        "rectification.ext_asked": _("整改 %(number)s 申请延期至 %(until)s，请决定"),
        "rectification.ext_granted": _("整改 %(number)s 已同意延期至 %(until)s"),
        "rectification.ext_refused": _("整改 %(number)s 的延期申请未获同意"),
        "rectification.overdue": _("机构 %(agency)s 的整改 %(number)s 已逾期"),
        "rectification.stopped": _("机构 %(agency)s 因整改 %(number)s 停止委案"),
        "termination.proposed": _("机构 %(agency)s 的终止合作提议 %(number)s 等待批准"),
        "termination.approved": _("机构 %(agency)s 的终止合作 %(number)s 已批准，开始退出"),
        "termination.rejected": _("机构 %(agency)s 的终止合作提议 %(number)s 未获批准"),
    }
)
