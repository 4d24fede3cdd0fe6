"""What would make a card another score, in sentences. The engine computed each exactly (`ScorecardItem.changes`)."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vendors.contracts.reading import plain
from vendors.models import ScorecardItem
from vendors.scorecard.criteria import Criterion
from vendors.scorecard.shown import value_said


def changes_said(item: ScorecardItem) -> list[str]:
    """«少 2 件投诉（每万名客户到 8.4 件）：得分 75.00（+4.20），评级到 B», the smallest change first."""
    criterion = Criterion(item.criterion)
    return [_told(criterion, one, item.denominator) for one in item.changes]


def _told(criterion: Criterion, change: Mapping[str, Any], of: Decimal | None) -> str:
    by, to = abs(Decimal(str(change["by"]))), Decimal(str(change["to"]))
    if criterion in _SHARES:
        by *= 100
    elif criterion == Criterion.QUALITY and of:
        by = (by / of).quantize(Decimal("0.01"))  # points of a check, and not of all checks together
    said = {
        "what": _WHAT[criterion](by) % {"by": plain(by)},
        "to": value_said(criterion, to),
        "score": f"{Decimal(str(change['score'])):.2f}",
        "gain": f"{Decimal(str(change['gain'])):.2f}",
        "grade": change["grade"],
    }
    if change.get("grade_step"):
        return _("%(what)s（到 %(to)s）：得分 %(score)s（+%(gain)s），评级到 %(grade)s") % said
    return _("%(what)s（到 %(to)s）：得分 %(score)s（+%(gain)s）") % said


_SHARES = (Criterion.RECOVERY, Criterion.ROLL)


def _counted(by: Decimal) -> int:
    """For the choice of singular and plural only."""
    return int(by) if by == int(by) else 2


_WHAT: Mapping[Criterion, Callable[[Decimal], str]] = {
    Criterion.RECOVERY: lambda by: _("回款的实际÷预期提高 %(by)s 个百分点"),
    Criterion.ROLL: lambda by: _("迁徙的实际÷预期降低 %(by)s 个百分点"),
    Criterion.CONTACT: lambda by: ngettext("多触达 %(by)s 件案件的本人", "多触达 %(by)s 件案件的本人", _counted(by)),
    Criterion.COMPLAINTS: lambda by: ngettext("少 %(by)s 件投诉", "少 %(by)s 件投诉", _counted(by)),
    Criterion.BREACHES: lambda by: ngettext("违规少扣 %(by)s 分", "违规少扣 %(by)s 分", _counted(by)),
    Criterion.QUALITY: lambda by: _("质检平均分提高 %(by)s 分"),
    Criterion.SECURITY: lambda by: ngettext("少 %(by)s 项信息安全缺陷", "少 %(by)s 项信息安全缺陷", _counted(by)),
    Criterion.PUNCTUALITY: lambda by: ngettext("少 %(by)s 天迟交文件", "少 %(by)s 天迟交文件", _counted(by)),
}
