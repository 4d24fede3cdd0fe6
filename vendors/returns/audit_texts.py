"""Words of the trail for files back from agencies, and the sentences that people are told."""

from django.utils.translation import gettext_lazy as _

from collection_ops.core.audit_texts import register_actions
from collection_ops.core.notification_texts import register_texts

register_actions(
    {
        "returned.received": _("上传回传文件"),
        "returned.refused": _("回传文件未能读取"),
        "returned.apply_asked": _("发起回传入库"),
        "returned.applied": _("回传文件入库"),
        "returned.discarded": _("放弃回传文件"),
        "returned.exported": _("下载不入库的行"),
        "returned.claimed": _("机构申报回款"),
        "returned.promised": _("机构批量回传承诺"),
        "claims.exported": _("下载回款核对"),
    }
)
register_texts({"returned.complaints": _("%(agency)s 回传投诉 %(count)s 件，等待办理")})
