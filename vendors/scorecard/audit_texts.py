"""What the audit events of scorecards are called on the audit page."""

from django.utils.translation import gettext_lazy as _

from collection_ops.core.audit_texts import register_actions

register_actions(
    {
        "scheme.drafted": _("起草评分方案"),
        "scheme.saved": _("修改评分方案草稿"),
        "scheme.submitted": _("提交评分方案"),
        "scheme.withdrawn": _("撤回评分方案"),
        "scheme.approved": _("批准评分方案"),
        "scorecard.made": _("生成委外评分卡"),
        "scorecard.exported": _("下载委外评分卡"),
    }
)
