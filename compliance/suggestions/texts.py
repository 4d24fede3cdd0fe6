"""Words of suggestions: the steps, the audit page, notifications."""

from django.utils.translation import gettext_lazy as _

from collection_ops.core.audit_texts import register_actions
from collection_ops.core.notification_texts import register_texts

STEPS = {
    "filed": _("提出"),
    "accepted": _("采纳"),
    "declined": _("不采纳"),
    "done": _("完成"),
    "duplicate": _("标为重复"),
    "duplicated_by": _("并入了重复的建议"),
    "assigned": _("指定负责人"),
    "satisfied": _("提出人满意"),
    "not_satisfied": _("提出人不满意，重新打开"),
    "reminded": _("提醒"),
}
TONES = {"open": "warning", "accepted": "info", "done": "success", "declined": "neutral", "duplicate": "neutral"}

register_actions(
    {
        "suggestion.filed": _("提出问题或建议"),
        "suggestion.seconded": _("附议"),
        "suggestion.judged": _("评价答复"),
        "suggestion.accepted": _("采纳建议"),
        "suggestion.declined": _("不采纳建议"),
        "suggestion.done": _("建议已完成"),
        "suggestion.duplicate": _("标记重复的建议"),
        "suggestion.assigned": _("指定建议负责人"),
        "suggestion.owner": _("设置领域负责人"),
        "suggestion.exported": _("导出问题与建议"),
    }
)
register_texts(
    {
        "suggestion.filed": _("有新的问题或建议 %(number)s，请答复"),
        "suggestion.assigned": _("问题与建议 %(number)s 由您答复"),
        "suggestion.accepted": _("%(number)s 已采纳，将在 %(day)s 前落实"),
        "suggestion.declined": _("%(number)s 未采纳，请看原因"),
        "suggestion.done": _("%(number)s 已完成，请看看是否解决了问题"),
        "suggestion.duplicate": _("%(number)s 与另一件重复，会得到同样的答复"),
        "suggestion.reopened": _("提出人认为 %(number)s 没有解决，请再答复"),
        "suggestion.unanswered": _("%(number)s 已超过 7 天没有答复"),
        "suggestion.late": _("%(number)s 的落实日期 %(day)s 已过，请完成或说明"),
    }
)
