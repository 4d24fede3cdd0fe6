"""What must always be true of scorecards."""

from django.db.models import F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from collection_ops.core.invariants import Rows, invariant
from collection_ops.core.money import ZERO
from vendors.models import Scorecard, ScorecardItem, ScorecardStratum


@invariant("I46", _("评分卡的得分等于各指标得分之和，实际与预期回款等于各分层之和"))
def cards_add_up() -> Rows:
    items = ScorecardItem.objects.filter(scorecard=OuterRef("pk")).order_by().values("scorecard")
    strata = ScorecardStratum.objects.filter(scorecard=OuterRef("pk")).order_by().values("scorecard")
    wrong = Scorecard.objects.annotate(
        points=Coalesce(Subquery(items.annotate(of=Sum("points")).values("of")), ZERO),
        money=Coalesce(Subquery(strata.annotate(of=Sum("observed")).values("of")), ZERO),
        awaited=Coalesce(Subquery(strata.annotate(of=Sum("expected")).values("of")), ZERO),
    ).filter(~Q(points=F("score")) | ~Q(money=F("observed")) | ~Q(awaited=F("expected")))
    return [dict(row) for row in wrong.order_by("pk").values("pk", "agency", "month")[:100]]
