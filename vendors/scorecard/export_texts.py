"""What the audit event of a workbook of scorecards is called on the audit page."""

from django.utils.translation import gettext_lazy as _

from collection_ops.core.audit_texts import register_actions

register_actions({"scorecard.exported": _("下载委外评分卡")})
