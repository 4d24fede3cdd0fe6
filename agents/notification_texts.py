"""The sentences of what the workbench tells people about."""

from django.utils.translation import gettext_lazy as _

from collection_ops.core.notification_texts import register_texts

register_texts(
    {
        "contact.notes_late": _("%(who)s 有 %(count)s 次通话超过 2 小时未记录"),
        "assignment.waiting": _("分案 #%(run)s 等待批准：将移动 %(count)s 件案件"),
    }
)
register_texts(
    {
        "leave.asked": _("%(who)s 申请 %(first)s 至 %(last)s 请假，等待审批"),
        "leave.approved": _("%(first)s 至 %(last)s 的请假已批准"),
        "leave.refused": _("%(first)s 至 %(last)s 的请假未批准：%(note)s"),
        "leave.cancelled": _("%(who)s %(first)s 至 %(last)s 的请假已取消"),
        "certificate.expiring": _("%(who)s 的培训合格证 %(day)s 到期，到期后不能联系客户，请安排培训考核"),
    }
)
