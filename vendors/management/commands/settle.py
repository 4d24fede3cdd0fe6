"""`settle AGENCY_CODE --period 2026-03`: an agency's month, frozen; or, with --check, gathered again and compared."""

import json
import sys
from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from collection_ops.core import clock
from vendors.models import Agency, Settlement
from vendors.settlement.settle import SettleRefused, check, settle
from vendors.settlement.states import payable
from vendors.settlement.wording import Words


def month(text: str) -> date:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError as wrong:
        raise ArgumentTypeError(f"{text!r} is no month, write 2026-03") from wrong


class Command(BaseCommand):
    help = (
        "Settle the month of an agency (the code of its desk). What is settled already is shown as it is. --check gathers "
        "everything again as it was known then and ends with code 2 when another thing comes out."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("agency_code")
        parser.add_argument("--period", type=month, required=True, help="2026-03")
        parser.add_argument("--check", action="store_true", help="only compare, change nothing")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        agency = Agency.objects.select_related("desk").filter(desk__code=options["agency_code"]).first()
        if agency is None:
            raise CommandError(f"no agency with the code {options['agency_code']!r}")
        if options["check"]:
            self._check(agency, options["period"], as_json=options["json"])
            return
        try:
            found = settle(agency=agency, period=options["period"], actor=None, now=clock.database_now())
        except SettleRefused as refused:
            raise CommandError(str(refused)) from refused
        told = told_of(found.settlement) | {"new": found.is_new, "same": found.same}
        self.stdout.write(
            json.dumps(told, ensure_ascii=False, indent=1)
            if options["json"]
            else f"{agency.name} {told['period']}: {told['total']} ({len(told['lines'])} lines), {told['digest'][:12]}"
        )

    def _check(self, agency: Agency, period: date, *, as_json: bool) -> None:
        settlement = agency.settlements.select_related("agency__desk").filter(period=period).first()
        if settlement is None:
            raise CommandError(f"{agency.name} {period:%Y-%m} is not settled")
        found = check(settlement)
        told = {
            "agency": agency.desk.code, "period": f"{period:%Y-%m}", "same_facts": found.same_facts,
            "same_lines": found.same_lines, "facts_digest": settlement.facts_digest, "digest": settlement.digest,
            "facts_digest_now": found.facts_digest, "digest_now": found.digest,
        }  # fmt: skip
        text = "the same comes out again" if found.holds else "another thing comes out now"
        self.stdout.write(json.dumps(told, ensure_ascii=False, indent=1) if as_json else text)
        if not found.holds:
            sys.exit(2)


def told_of(settlement: Settlement) -> dict[str, Any]:
    """A statement as JSON: its lines with their arithmetic, its sums, its hashes. Yuan, tax included."""
    words = Words(settlement)
    return {
        "agency": settlement.agency.desk.code,
        "period": f"{settlement.period:%Y-%m}",
        "state": settlement.state,
        "commission": str(settlement.commission),
        "score": str(settlement.score),
        "factor": str(settlement.factor),
        "cap": None if settlement.cap is None else str(settlement.cap),
        "total": str(settlement.total),
        "tax_rate": str(settlement.tax_rate),
        "tax": str(settlement.tax),
        "payable": str(payable(settlement)),
        "known_by": settlement.known_by.isoformat(),
        "versions": settlement.versions,
        "facts_digest": settlement.facts_digest,
        "digest": settlement.digest,
        "lines": [
            {
                "number": line.number, "kind": line.kind, "repayment": line.repayment_id,
                "placement": line.placement_id, "amount": str(line.amount), "rate": str(line.rate),
                "base": str(line.base), "row": line.row, "band": line.band, "fee": str(line.fee),
                "state": line.state, "arithmetic": words.of(line),
            }
            for line in settlement.lines.order_by("number").iterator(chunk_size=2_000)
        ],
    }  # fmt: skip
