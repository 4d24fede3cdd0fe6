"""Why a case was not moved, or what to mind when it is, in words."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

REFUSALS: dict[str, str | Promise] = {
    "gone": _("案件不在您的权限范围内"),
    "closed": _("案件已结案"),
    "there": _("已在目标席位"),
    "elsewhere": _("选择之后已被移到别的席位"),
    "limit_from": _("您的角色不能从这种席位移出案件"),
    "limit_to": _("您的角色不能把案件移到这种席位"),
    "limit_team": _("只能在本组与案件池之间移动"),
    "no_certificate": _("目标人员没有有效的合格证或材料，不能接案"),
    "left": _("目标人员已离职或账号已停用"),
    "away_long": _("目标人员长期休假"),
    "complaint": _("客户对目标人员的投诉成立，不能再交给此人"),
    "full": _("目标席位的件数或金额已到上限"),
}
WARNINGS: dict[str, str | Promise] = {
    "away": _("目标人员正在休假或即将休假"),
    "over_soft": _("移动后超过建议上限"),
    "no_new": _("目标人员的档案写明不接收新案"),
    "stage": _("部分案件的阶段不在目标人员的可办范围内"),
    "product": _("部分案件的产品不在目标人员的可办范围内"),
    "region": _("部分案件的地区不在目标人员的可办范围内"),
}
"""For the person who moves; the move is done all the same."""

WHOLE = ("no_certificate", "left", "away_long")
"""Of the target, whatever the case: nothing is moved there."""


def refusal(code: str) -> str:
    return str(REFUSALS.get(code, code))


def warning(code: str) -> str:
    return str(WARNINGS.get(code, code))
