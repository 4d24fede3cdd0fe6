"""`score_agencies --month 2026-03`: the scorecards of a month, of all agencies; another revision where facts changed.

Exit codes: 0 done · 2 refused, the reason is said · 1 a fault of ours.
"""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cases.management.commands.import_overdue import REFUSED
from collection_ops.core import clock
from vendors.management.commands.settle import month
from vendors.models import Agency, Scorecard
from vendors.scorecard.promises import told_of_card
from vendors.scorecard.scoring import ScoreRefused, score_month

_NUMBERS = (
    *("score", "compliance_score", "placed", "exposed", "observed", "expected", "ratio", "lower", "upper", "lower998"),
    *("upper998", "dispersion", "share_now", "share_proposed"),
)


class Command(BaseCommand):
    help = (
        "Score the month of all agencies that had a case in hand. They share the pool that they are held against, so that "
        "all are scored whichever is shown; what is known already gives the same cards again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--month", type=month, required=True, help="2026-03")
        parser.add_argument("--agency", metavar="CODE", help="show only the agency with this code of its desk")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        code = options["agency"]
        if code and not Agency.objects.filter(desk__code=code).exists():
            raise CommandError(f"no agency with the code {code!r}")
        try:
            made = score_month(month=options["month"], actor=None, now=clock.database_now())
        except ScoreRefused as refused:
            said = json.dumps({"refused": str(refused)}, ensure_ascii=False)
            self.stdout.write(said) if options["json"] else self.stderr.write(str(refused))
            sys.exit(REFUSED)
        new = {one.scorecard.pk: one.is_new for one in made}
        cards = (
            Scorecard.objects.filter(pk__in=new)
            .select_related("agency__desk", "scheme")
            .prefetch_related("items", "targets")
        )
        told = [told_of(card) | {"new": new[card.pk]} for card in cards.order_by("agency__desk__code")]
        told = [one for one in told if not code or one["agency"] == code]
        if options["json"]:
            document = {"month": f"{options['month']:%Y-%m}", "cards": told}
            self.stdout.write(json.dumps(document, ensure_ascii=False, indent=1))
        else:
            self._say(told)

    def _say(self, told: list[dict[str, Any]]) -> None:
        for one in told:
            self.stdout.write(
                f"{one['agency']:<16} {one['grade']} {one['score']:>6}  {one['observed']:>14} / {one['expected']:>14}  "
                f"{one['verdict']:<11} {one['share_now']:>6}% → {one['share_proposed']:>6}%  #{one['revision']}"
            )


def told_of(card: Scorecard) -> dict[str, Any]:
    """A card as JSON: money in yuan, shares in per cent, ratios beside their limits."""
    numbers = {name: None if (value := getattr(card, name)) is None else str(value) for name in _NUMBERS}
    return {
        "agency": card.agency.desk.code, "month": f"{card.month:%Y-%m}", "revision": card.revision,
        "scheme": card.scheme.number, "known_by": card.known_by.isoformat(), "grade": card.grade,
        "vetoed": card.vetoed, "critical": card.critical, "cases": card.cases, "verdict": card.verdict,
        "why": card.why, **numbers, "facts_digest": card.facts_digest, "digest": card.digest,
        "items": [
            {
                "criterion": item.criterion,
                "value": None if item.value is None else str(item.value),
                "numerator": None if item.numerator is None else str(item.numerator),
                "denominator": None if item.denominator is None else str(item.denominator),
                "weight": str(item.weight), "points": str(item.points), "lost": str(item.lost),
                "why": item.why, "changes": item.changes,
            }
            for item in card.items.all()
        ],
        "targets": told_of_card(card),
    }  # fmt: skip
