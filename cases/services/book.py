"""Who may write the book, one after the other.

Fixed order, before the first read: the row of the source (its part of the book), then the people lock, because
debtors are shared by all sources and two imports naming the same new person must not both create them.
"""

from django.db import connection
from django.db.models import F

from cases.models import Source

PEOPLE_LOCK = "SELECT pg_advisory_xact_lock(hashtext('cases_debtor'))"


def lock_book(*, source_id: int, people: bool = False) -> Source:
    """Hold the source's part of the book until the transaction ends; with `people`, the debtors of all sources too."""
    source = Source.objects.select_for_update().get(pk=source_id)
    if people:
        with connection.cursor() as cursor:
            cursor.execute(PEOPLE_LOCK)
    return source


def raise_version(*, source_id: int) -> None:
    """The source's part of the book has changed: previews computed before are out of date."""
    Source.objects.filter(pk=source_id).update(book_version=F("book_version") + 1)
