"""Words of the trail and of the messages about covers."""

from django.utils.translation import gettext_lazy as _

from collection_ops.core.audit_texts import register_actions
from collection_ops.core.notification_texts import register_texts

register_actions(
    {
        "cover.arranged": _("安排代管"),
        "cover.started": _("代管开始"),
        "cover.not_started": _("代管未能开始"),
        "cover.ended": _("代管结束并交还"),
        "cover.extended": _("代管改期"),
        "cover.cancelled": _("取消代管"),
        "cover.handed_on": _("代管转交他人"),
        "cover.noted": _("填写代管交接说明"),
    }
)

register_texts(
    {
        "cover.arranged": _("%(owner)s 的案件由 %(helper)s 代管：%(first)s 至 %(last)s"),
        "cover.started": _("%(helper)s 开始代管 %(owner)s 的 %(count)s 件案件，至 %(last)s"),
        "cover.ended": _("%(helper)s 代管 %(owner)s 的案件已结束：交还 %(returned)s 件，未交还 %(left)s 件，请看小结"),
        "cover.extended": _("%(helper)s 代管 %(owner)s 的案件改至 %(last)s（原 %(before)s）"),
        "cover.cancelled": _("%(helper)s 代管 %(owner)s 的案件（%(first)s 起）已取消"),
        "cover.handed_on": _("%(owner)s 的案件由 %(helper)s 转交 %(next)s 代管"),
        "cover.not_started_certificate": _(
            "%(owner)s 的案件未能交 %(helper)s 代管：代管人的培训合格证或材料已失效，请转交他人"
        ),
        "cover.not_started_capacity": _("%(owner)s 的案件未能交 %(helper)s 代管：代管人余量不足，请转交他人"),
        "cover.not_started_away": _("%(owner)s 的案件未能交 %(helper)s 代管：代管人当天不在岗，请转交他人"),
        "cover.not_started_desk": _("%(owner)s 的案件未能交 %(helper)s 代管：代管人席位已停用，请转交他人"),
        "cover.not_started_custody": _("%(owner)s 的案件未能交 %(helper)s 代管：部分案件刚被移动，稍后会再试"),
    }
)
