"""Why a case moved to a desk, in words. Services write the code; older or foreign reasons are shown as they are."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

CUSTODY_REASONS: dict[str, str | Promise] = {
    "opened": _("新案件入池"),
    "assigned": _("分案"),
    "assignment_undone": _("撤销分案"),
    "reassigned": _("调整席位"),
    "placed": _("委外"),
    "recalled": _("退案"),
    "pool": _("退回案件池"),
    "rotated": _("闲置轮换"),
    "closed": _("结案"),
    "cover": _("缺席代管"),
    "cover_end": _("代管结束，交还"),
}


def custody_reason(code: str) -> str:
    return str(CUSTODY_REASONS.get(code, code))
