"""Words of the register: the steps, the audit page, notifications, tones."""

from django.utils.translation import gettext_lazy as _

from collection_ops.core.audit_texts import register_actions
from collection_ops.core.notification_texts import register_texts
from compliance.models import BreachCaseState, BreachSeverity

STEPS = {
    "opened": _("登记"),
    "found": _("认定"),
    "found_not": _("不再认定"),
    "withdrawn": _("认定或事实更正，自动撤销"),
    "back": _("再次认定，重新列出"),
    "assigned": _("指定负责人"),
    "noted": _("补充"),
    "weighed": _("调整严重程度"),
    "remedied": _("报告整改完成"),
    "sent_back": _("退回整改"),
    "closed": _("复核通过，关闭"),
    "dismissed": _("认定不构成违规"),
    "statement": _("当事人说明"),
    "escalated": _("逾期提醒"),
}
TONES = {
    BreachCaseState.OPEN: "warning",
    BreachCaseState.IN_HAND: "info",
    BreachCaseState.REMEDIED: "info",
    BreachCaseState.CLOSED: "success",
    BreachCaseState.DISMISSED: "neutral",
    BreachCaseState.WITHDRAWN: "neutral",
}
SEVERITY_TONES = {
    BreachSeverity.MINOR: "neutral",
    BreachSeverity.SERIOUS: "warning",
    BreachSeverity.CRITICAL: "danger",
}

register_actions(
    {
        "breach.opened": _("登记违规"),
        "breach.withdrawn": _("撤销违规"),
        "breach.back": _("重新列出违规"),
        "breach.assigned": _("指定违规负责人"),
        "breach.noted": _("补充违规情况"),
        "breach.weighed": _("调整违规严重程度"),
        "breach.remedied": _("报告违规整改完成"),
        "breach.sent_back": _("退回违规整改"),
        "breach.closed": _("关闭违规"),
        "breach.dismissed": _("认定不构成违规"),
        "breach.statement": _("当事人就违规作说明"),
        "breach.escalated": _("违规整改逾期提醒"),
    }
)
register_texts(
    {
        "breach.critical": _("新登记 %(count)s 件红线违规，请处理"),
        "breach.assigned": _("违规 %(number)s 由您负责整改，期限 %(due)s"),
        "breach.withdrawn": _("违规 %(number)s 因认定更正已撤销，无需再整改"),
        "breach.about_you": _("违规登记 %(number)s 与您有关，您可以提交说明"),
        "breach.remedied": _("违规 %(number)s 已报告整改完成，等待复核"),
        "breach.sent_back": _("违规 %(number)s 的整改被退回，期限 %(due)s"),
        "breach.dismissed": _("违规登记 %(number)s 经复核不构成违规"),
        "breach.statement": _("当事人就违规 %(number)s 提交了说明"),
        "breach.overdue": _("您负责的违规有 %(count)s 件整改逾期"),
        "breach.overdue_unowned": _("有 %(count)s 件违规逾期无人负责"),
        "breach.review_waits": _("有 %(count)s 件违规整改等待复核超过 %(days)s 天"),
        "breach.overdue_long": _("有 %(count)s 件违规整改逾期超过 %(days)s 天"),
    }
)
