"""Words of quality checks: the audit page, notifications."""

from django.utils.translation import gettext_lazy as _

from collection_ops.core.audit_texts import register_actions
from collection_ops.core.notification_texts import register_texts

register_actions(
    {
        "quality.planned": _("修改质检抽样方案"),
        "quality.form_saved": _("修改质检评分表"),
        "quality.drawn": _("抽取质检批次"),
        "quality.batch_issued": _("下发质检批次"),
        "quality.batch_discarded": _("作废质检批次"),
        "quality.begun": _("开始质检"),
        "quality.taken_over": _("接手搁置的质检"),
        "quality.given_back": _("退回质检"),
        "quality.scored": _("提交质检评分"),
        "quality.settled": _("协调质检分歧"),
        "quality.acknowledged": _("确认质检结果"),
        "quality.appealed": _("对质检结果申诉"),
        "quality.appeal_decided": _("复核质检申诉"),
    }
)
register_texts(
    {
        "quality.issued": _("质检批次（%(first)s 至 %(last)s）已下发：%(count)s 通待检"),
        "quality.passed": _("您 %(day)s 的一通电话质检合格：%(score)s 分"),
        "quality.failed": _("您 %(day)s 的一通电话质检未合格：%(score)s 分，请查看并确认；有异议可申诉"),
        "quality.agency_failed": _("机构 %(org)s %(day)s 的一通电话质检未合格：%(score)s 分；有异议可申诉"),
        "quality.changed": _("质检 %(number)s 复评后结果有变：%(score)s 分，请重新查看"),
        "quality.differs": _("质检 %(number)s 的复评与您的评分相差较大，请协调"),
        "quality.appealed": _("质检 %(number)s 有申诉，等待复核"),
        "quality.appeal_kept": _("质检 %(number)s 的申诉已复核：维持 %(score)s 分"),
        "quality.appeal_changed": _("质检 %(number)s 的申诉已复核：改为 %(score)s 分"),
    }
)
