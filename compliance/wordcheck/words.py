"""Words of this room: the audit page, notifications, categories."""

from django.utils.translation import gettext_lazy as _

from collection_ops.core.audit_texts import register_actions
from collection_ops.core.notification_texts import register_texts
from compliance.rule_texts import spoken
from compliance.rules.wording import CHINESE, lexicon

register_actions(
    {
        "wording.confirmed": _("确认用语违规"),
        "wording.false_alarm": _("标记用语误报"),
        "wording.taken_back": _("撤回用语判定"),
        "wording.harmless": _("登记误报规则"),
        "wording.harmless_ended": _("取消误报规则"),
    }
)
register_texts({"wording.checked": _("用语检查：读了 %(texts)s 段文本，新命中 %(hits)s 处")})


def category_label(code: str) -> str:
    """What a category forbids, in the reader's language; a category that the lists no longer have is its code."""
    try:
        return spoken(lexicon(CHINESE).category(code).message)
    except KeyError:
        return code
