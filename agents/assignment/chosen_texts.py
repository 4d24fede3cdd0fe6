"""What a run was asked to deal, in words."""

from typing import Any

from django.utils.translation import gettext as _

from cases.stage import Stage


def chosen_said(chosen: dict[str, Any]) -> str:
    """«案件池 · M2、M3 · 金额不低于 1000.00»"""
    parts = [_("小组各席位") if chosen.get("where") == "desks" else _("案件池")]
    if chosen.get("stage"):
        parts.append("、".join(str(Stage(stage).label) for stage in chosen["stage"] if stage in Stage.values))
    parts += [str(chosen[name]) for name in ("source", "product") if chosen.get(name)]
    if chosen.get("amount_from"):
        parts.append(_("金额不低于 %(amount)s") % {"amount": chosen["amount_from"]})
    if chosen.get("amount_to"):
        parts.append(_("金额不高于 %(amount)s") % {"amount": chosen["amount_to"]})
    return " · ".join(parts)
