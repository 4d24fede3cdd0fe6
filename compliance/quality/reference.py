"""The score form and the sampling plan that every installation begins with. What people changed stays as they left it."""

import json
from datetime import date, datetime
from decimal import Decimal

from collection_ops.core import clock
from collection_ops.core.seeding import seeder
from compliance.models import SamplingPlan, ScoreForm
from compliance.quality.form import read_form
from compliance.quality.reasons import DEFAULT_WEIGHTS
from compliance.reference import SHIPPED

SINCE = date(2020, 1, 1)
"""Whatever period is drawn, the shipped plan was in force then unless somebody made another one."""


@seeder("compliance.quality")
def seed_quality() -> str:
    now: datetime = clock.now()
    body = json.loads((SHIPPED / "score_form.json").read_text(encoding="utf-8"))
    read_form(body)
    _form, is_new = ScoreForm.objects.get_or_create(
        version=1, defaults={"body": body, "reason": "随产品提供", "saved_at": now}
    )
    has_plan = SamplingPlan.objects.exists()
    if not has_plan:
        SamplingPlan.objects.create(
            valid_from=SINCE,
            collector_share=Decimal(5),
            agency_share=Decimal(5),
            least=2,
            most=10,
            weights=DEFAULT_WEIGHTS,
            reason="随产品提供",
            saved_at=now,
        )
    return f"{int(is_new)} score forms and {int(not has_plan)} sampling plans added"
