"""Words of the trail for placements and recalls, and the sentences that people are told."""

from django.utils.translation import gettext_lazy as _

from collection_ops.core.audit_texts import register_actions
from collection_ops.core.notification_texts import register_texts

register_actions(
    {
        "placement.drafted": _("编制委外批次"),
        "placement.redrafted": _("修改委外批次"),
        "placement.submitted": _("提交委外批次"),
        "placement.approved": _("批准委外批次"),
        "placement.sent_back": _("退回委外批次"),
        "placement.withdrawn": _("撤回委外批次"),
        "placement.applied": _("委出案件"),
        "placement.file_made": _("生成委案文件"),
        "placement.file_taken": _("下载委案文件"),
        "placement.received": _("登记委案签收"),
        "placement.fields_set": _("修改委案文件字段"),
        "recall.proposed": _("提议退案"),
        "recall.settled": _("委外案件随案件结束"),
        "recall.keep_asked": _("申请留案"),
        "recall.keep_decided": _("决定留案"),
        "recall.finished": _("完成退案"),
    }
)
register_texts({"recall.proposed": _("退案 %(number)s 新增 %(count)s 件，等待核对")})
