"""`accrue --period 2026-03`: what the month is expected to cost, once an agency without an approved statement."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from collection_ops.core import clock
from vendors.accruals.accrue import Accrued, AccrueRefused, accrue_month
from vendors.management.commands.settle import month


class Command(BaseCommand):
    help = "Accrue the expected fees of a month that is over. What is accrued already is shown as it is."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--period", type=month, required=True, help="2026-03")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            found = accrue_month(period=options["period"], actor=None, now=clock.database_now())
        except AccrueRefused as refused:
            raise CommandError(str(refused)) from refused
        told = [told_of(one) for one in found if one.accrual is not None]
        if options["json"]:
            self.stdout.write(json.dumps(told, ensure_ascii=False, indent=1))
            return
        for one in told:
            self.stdout.write(f"{one['agency']} {one['period']}: {one['amount']} ({one['basis']})")
        self.stdout.write(f"{len(told)} agencies, {sum(one['new'] for one in told)} new")


def told_of(one: Accrued) -> dict[str, Any]:
    """An accrual as JSON. Yuan, tax included."""
    accrual = one.accrual
    assert accrual is not None, "only what was accrued is told"
    return {
        "agency": one.agency.desk.code, "period": f"{accrual.period:%Y-%m}", "amount": str(accrual.amount),
        "tax": str(accrual.tax), "basis": accrual.basis, "kinds": accrual.kinds, "told": accrual.told,
        "known_by": accrual.known_by.isoformat(), "new": one.is_new,
    }  # fmt: skip
