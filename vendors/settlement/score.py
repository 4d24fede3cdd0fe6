"""The compliance score of an agency's month: settlements, scorecards and meetings ask for the same."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext_lazy

from collection_ops.core.dated_settings import Setting, values_on
from vendors.contracts.terms import Event

_SOURCE = gettext_lazy("内部评分办法：合规得分由 100 起按当月事项扣减，最低 0；结算的合规系数与评分卡用同一个数")
_WEIGHTS: Mapping[Event, Setting] = {
    event: Setting(
        f"agency.score_{event.value}", label=label, default=default, unit=gettext_lazy("分"), source=_SOURCE,
        least=0, most=100,
    )
    for event, label, default in (
        (Event.COMPLAINT, gettext_lazy("委外合规得分：每件属实投诉扣分"), 10),
        (Event.BREACH, gettext_lazy("委外合规得分：每起违规扣分"), 5),
        (Event.CRITICAL_BREACH, gettext_lazy("委外合规得分：每起严重违规扣分"), 20),
        (Event.LATE_FILE, gettext_lazy("委外合规得分：每次迟交文件扣分"), 2),
    )
}  # fmt: skip


def weights_on(day: date) -> dict[Event, int]:
    """Points that each event costs, in force on a day. One query."""
    found = values_on(day, list(_WEIGHTS.values()))
    return {event: found[setting.name] for event, setting in _WEIGHTS.items()}


def score_of(events: Mapping[Event, int], weights: Mapping[Event, int]) -> Decimal:
    """The compliance score of a month, 0 to 100: 100 less the points of each event. Scorecards show the same."""
    lost = sum(events.get(event, 0) * points for event, points in weights.items())
    return Decimal(max(0, 100 - lost)).quantize(Decimal("0.01"))
