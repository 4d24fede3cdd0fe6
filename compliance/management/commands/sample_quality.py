"""`sample_quality --from DAY --to DAY [--seed S] [--issue] [--dry-run] [--json]`: draw talks for quality checks.

`--replay BATCH` draws a batch again from what was looked at then, and compares: exit code 2 where it is not the same.
"""

import json
import sys
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from collection_ops.core import clock
from compliance.models import SampleBatch
from compliance.quality.batches import draw_batch, replay
from compliance.quality.drawing import draw
from compliance.quality.gathering import gather
from compliance.quality.plans import plan_on, terms_of
from compliance.quality.refusals import QualityRefused

NOT_THE_SAME = 2


class Command(BaseCommand):
    help = "Draw talks for quality checks by the sampling plan"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--from", dest="first", type=date.fromisoformat, help="first day of the talks")
        parser.add_argument("--to", dest="last", type=date.fromisoformat, help="last day, in")
        parser.add_argument("--seed", default="", help="the same seed and facts give the same sample")
        parser.add_argument("--issue", action="store_true", help="give it to the checkers at once")
        parser.add_argument("--dry-run", action="store_true", help="keep nothing")
        parser.add_argument("--replay", type=int, metavar="BATCH", help="draw a batch again and compare")
        parser.add_argument("--json", action="store_true")

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["replay"] is not None:
            return self._replay(options)
        if options["first"] is None or options["last"] is None:
            raise CommandError("--from and --to are needed")
        try:
            told = self._look(options) if options["dry_run"] else self._draw(options)
        except QualityRefused as refused:
            raise CommandError(str(refused)) from refused
        self._say(told, options["json"])
        return None

    def _draw(self, options: dict[str, Any]) -> dict[str, Any]:
        batch = draw_batch(
            first=options["first"], last=options["last"], seed=options["seed"], issue=options["issue"], actor=None,
            now=clock.database_now(),
        )  # fmt: skip
        rows = batch.checks.order_by("attempt_id").values_list(
            "attempt_id", "user_id", "org", "weight", "probability", "why"
        )
        return {
            "batch": batch.pk, "seed": batch.seed, "plan": batch.plan_id, "talks": batch.candidates, "drawn": batch.drawn,
            "checks": [_line(*row) for row in rows],
        }  # fmt: skip

    def _look(self, options: dict[str, Any]) -> dict[str, Any]:
        plan = plan_on(options["last"])
        talks = gather(first=options["first"], last=options["last"], plan=plan)
        sample = draw(talks, terms=terms_of(plan), seed=options["seed"])
        return {
            "batch": None, "seed": options["seed"], "plan": plan.pk, "talks": len(talks), "drawn": len(sample.drawn),
            "checks": [
                _line(one.talk.attempt, one.talk.user, one.talk.org, one.weight, one.probability, one.why)
                for one in sample.drawn
            ],
        }  # fmt: skip

    def _replay(self, options: dict[str, Any]) -> None:
        batch = SampleBatch.objects.filter(pk=options["replay"]).first()
        if batch is None:
            raise CommandError(f"no batch {options['replay']}")
        sample, same = replay(batch)
        self._say({"batch": batch.pk, "drawn": len(sample.drawn), "same": same}, options["json"])
        if not same:
            sys.exit(NOT_THE_SAME)

    def _say(self, told: dict[str, Any], as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(told, ensure_ascii=False, indent=1))
            return
        for name, value in told.items():
            if name != "checks":
                self.stdout.write(f"{name}: {value}")


def _line(
    attempt: int, user: int | None, org: str, weight: int, probability: float | Decimal, why: Any
) -> dict[str, Any]:
    return {
        "attempt": attempt, "user": user, "org": org, "weight": weight, "probability": round(float(probability), 4),
        "why": [list(part) for part in why],
    }  # fmt: skip
