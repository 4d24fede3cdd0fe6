"""Keys that an import writes by the hundred thousand, kept by set-based triggers instead of a foreign key.

A foreign key of PostgreSQL looks its parent up once a row and a column, and locks it each time: at a first file of 100,000
rows that was 1.8 million look-ups, a third of the whole import, and most asked for the same run, source or desk. The
triggers of migration 0006 promise the same once a statement: a row that names a missing parent is refused, and the parent
held until the transaction ends (`cases_refuse_orphans`); a parent that rows name cannot be deleted
(`cases_refuse_bereaving`); a parent keeps its id; a run is never deleted. They are not deferrable:
parents are written first and deleted last.
`cases_importrow` is without the first of them (its rows are too wide to be copied for a trigger). Invariant I16d looks for
orphans all the same.

The spine of the book, case → loan → debtor, is kept so too. Whatever is written a row at a time keeps real foreign keys.
"""

from django.db import models


def provenance_key() -> models.ForeignKey:
    """The run that wrote a row. Without an index: what asks for a run's rows comes with their persons or contracts."""
    return models.ForeignKey(
        "cases.ImportRun",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
