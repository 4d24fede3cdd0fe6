"""Words of meetings: the audit page, notifications."""

from django.utils.translation import gettext_lazy as _

from collection_ops.core.audit_texts import register_actions
from collection_ops.core.notification_texts import register_texts

register_actions(
    {
        "meeting.made": _("生成委外月会材料"),
        "meeting.minutes": _("记录委外月会纪要"),
        "meeting.decided": _("记录委外月会决定"),
        "meeting.measured": _("计量委外月会决定"),
    }
)
register_texts(
    {
        "meeting.decided": _("机构 %(agency)s 月会的决定由您负责，%(due)s 到期"),
        "meeting.measured": _("机构 %(agency)s 月会的决定已到期计量：%(measured)s，目标 %(target)s"),
    }
)
