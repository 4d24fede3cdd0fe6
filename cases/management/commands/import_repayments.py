"""`import_repayments FILE --source CODE`: money received, through the same rooms. Exit codes as `import_overdue`.

`--as-of` is the day the file was made, today unless given; payments carry their own days.
"""

from cases.management.commands import import_overdue
from cases.models import RunKind


class Command(import_overdue.Command):
    help = "Read a repayment file, compare it with the book, and book it when asked to."
    kind = RunKind.REPAYMENTS
    needs_day = False
