"""The overdue book: debtor, loan, case, position, money, custody, absence, and the import that fills it; what was agreed
about a case (promise, plan, waiver) and what protects or describes the person (hold, risk flag, file).

May import: collection_ops.core. Imported by everything above.
Words: a *loan* is one contract of one source; a *case* is one overdue episode of one loan; a *position* is what a
source said about a case on one business date; the *book* is all open cases; a *desk* is where a case can sit;
*custody* says which desk held it from when to when; an *absence* is a case missing from a file, to be explained.
A *promise* is kept or broken by confirmed money alone; a *plan* stops collection while it is kept; a *waiver* is never
money; a *hold* stops collection for a reason; whoever follows a case's money registers in `money_changed`. Money is
*credited* to a desk (`credit.py`), *allocated* to the parts of a debt (`allocation.py`), *split* among several debts
(`several_debts.py`) and *reconciled* with balances (`reconciliation.py`).
The importer (`imports/`) is the engine here: reading → layout → cleaning → judging → staging → matching → booking → undoing.
"""
