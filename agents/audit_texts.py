"""Words of the trail for what collectors and their leaders do."""

from django.utils.translation import gettext_lazy as _

from collection_ops.core.audit_texts import register_actions

register_actions(
    {
        "queue.weighted": _("修改队列权重"),
        "payday.told": _("登记发薪日"),
        "target.proposed": _("提议目标"),
        "target.agreed": _("核定目标"),
    }
)
