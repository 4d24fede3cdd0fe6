"""`post_voucher --month 2026-03 --actor USERNAME`: a month's voucher is posted and frozen, as finance does on its page."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cases.management.commands.import_overdue import actor_named
from collection_ops.core import clock
from collection_ops.core.access import has
from vendors.accruals.posting import PostRefused, post
from vendors.accruals.voucher_views import POST
from vendors.accruals.vouchers import rows_of
from vendors.management.commands.settle import month
from vendors.models import Voucher


class Command(BaseCommand):
    help = "Post the voucher of a month that is over, once. What becomes known of it later is booked in the next one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--month", type=month, required=True, help="2026-03")
        parser.add_argument("--actor", metavar="USERNAME", required=True, help="who posts it and may")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        actor = actor_named(options["actor"])
        if actor is None or not has(actor, POST):
            raise CommandError(f"{options['actor']} may not post vouchers")
        try:
            voucher = post(month=options["month"], actor=actor, now=clock.database_now())
        except PostRefused as refused:
            raise CommandError(str(refused)) from refused
        told = told_of(voucher)
        self.stdout.write(
            json.dumps(told, ensure_ascii=False, indent=1)
            if options["json"]
            else f"{told['number']}: {told['debit']} ({len(told['entries'])} entries), {told['digest'][:12]}"
        )


def told_of(voucher: Voucher) -> dict[str, Any]:
    """A posted voucher as JSON. Yuan."""
    return {
        "number": voucher.number, "month": f"{voucher.month:%Y-%m}", "debit": str(voucher.debit),
        "credit": str(voucher.credit), "digest": voucher.digest,
        "entries": [
            {
                "section": row.entry.section.value, "account": row.entry.account.value, "code": row.code,
                "agency": row.entry.agency, "period": f"{row.entry.period:%Y-%m}", "booked_on": row.booked_on.isoformat(),
                "debit": str(row.entry.debit), "credit": str(row.entry.credit), "tax": str(row.entry.tax),
            }
            for row in rows_of(voucher)
        ],
    }  # fmt: skip
