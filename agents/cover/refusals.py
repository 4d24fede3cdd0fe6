"""Why a cover cannot be: sentences for the person who arranges it, codes for one that cannot begin."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

TROUBLES: dict[str, Any] = {
    "certificate": gettext_lazy("代管人的培训合格证或材料已失效"),
    "capacity": gettext_lazy("代管人的案件已满，容纳不下"),
    "away": gettext_lazy("代管人当天请假"),
    "desk": gettext_lazy("代管人的席位已停用"),
    "custody": gettext_lazy("部分案件刚被他人移动"),
}


class CoverRefused(Exception):
    """The cover cannot be arranged or changed so; the sentence says why and what to do, `field` of which entry."""

    def __init__(self, sentence: str, field: str = "", code: str = "") -> None:
        super().__init__(sentence)
        self.field = field
        self.code = code


def trouble_text(code: str) -> str:
    return str(TROUBLES.get(code, code))


def no_room(left: int) -> CoverRefused:
    said = _("代管人的余量不足，还有 %(count)s 件放不下。请增加代管人，或缩小范围") % {"count": left}
    return CoverRefused(said, "helpers", "capacity")
