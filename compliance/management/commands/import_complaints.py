"""`import_complaints FILE --source CODE`: a complaint ledger, through the same rooms. Exit codes as `import_overdue`.

`--as-of` is the day the file was made, today unless given; complaints carry their own days.
"""

from cases.management.commands import import_overdue
from cases.models import RunKind


class Command(import_overdue.Command):
    help = "Read a complaint ledger, compare it with the book and the register, and register it when asked to."
    kind = RunKind.COMPLAINTS
    needs_day = False
