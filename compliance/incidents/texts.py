"""Words of incidents: the steps, the audit page, notifications."""

from django.utils.translation import gettext_lazy as _

from collection_ops.core.audit_texts import register_actions
from collection_ops.core.notification_texts import register_texts

STEPS = {
    "registered": _("登记"),
    "corrected": _("更正事实"),
    "measure": _("处置措施"),
    "leak_notice": _("已通知监管部门和个人"),
    "written": _("起草报告"),
    "edited": _("修改报告"),
    "approved": _("审定报告"),
    "sent": _("报送"),
    "reminded": _("期限提醒"),
    "closed": _("办结"),
}
REPORT_TONES = {"draft": "warning", "approved": "info", "sent": "success"}

register_actions(
    {
        "incident.registered": _("登记重大风险事项"),
        "incident.corrected": _("更正重大风险事项"),
        "incident.measure": _("登记重大风险处置措施"),
        "incident.closed": _("办结重大风险事项"),
        "incident.report_written": _("起草重大事项报告"),
        "incident.report_edited": _("修改重大事项报告"),
        "incident.report_approved": _("审定重大事项报告"),
        "incident.report_sent": _("报送重大事项报告"),
        "incident.recipient_added": _("新增报送对象"),
        "incident.recipient_switched": _("启用或停用报送对象"),
    }
)
register_texts(
    {
        "incident.registered": _("登记了重大风险事项 %(number)s，请及时书面报告"),
        "incident.report_soon": _("重大风险事项 %(number)s 的首报期限不足 %(hours)s 小时"),
        "incident.report_late": _("重大风险事项 %(number)s 的首报已超过期限"),
        "incident.leak_soon": _("重大风险事项 %(number)s 的泄露通知期限不足 %(hours)s 小时"),
        "incident.leak_late": _("重大风险事项 %(number)s 的泄露通知已超过期限"),
        "incident.report_waits": _("重大风险事项 %(number)s 第 %(version)s 版报告等待审定"),
        "incident.report_approved": _("重大风险事项 %(number)s 第 %(version)s 版报告已审定，可以报送"),
    }
)
