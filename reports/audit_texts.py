"""What the audit events of the reports are called on the audit page."""

from django.utils.translation import gettext_lazy as _

from collection_ops.core.audit_texts import register_actions

register_actions(
    {
        "figures.exported": _("导出指标明细"),
        "kpi.defined": _("修改指标口径"),
        "kpi.entered": _("录入指标数据"),
        "overview.exported": _("导出看板中的表"),
        "report.made": _("生成定期报表"),
        "report.exported": _("下载定期报表"),
        "report.mailed": _("邮寄定期报表"),
        "report.restated": _("报表数字重述"),
        "report.subscribed": _("订阅定期报表"),
        "report.unsubscribed": _("退订定期报表"),
    }
)
