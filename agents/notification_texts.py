"""The sentences of what the workbench tells people about."""

from django.utils.translation import gettext_lazy as _

from collection_ops.core.notification_texts import register_texts

register_texts(
    {
        "contact.notes_late": _("%(who)s 有 %(count)s 次通话超过 2 小时未记录"),
        "assignment.waiting": _("分案 #%(run)s 等待批准：将移动 %(count)s 件案件"),
    }
)
