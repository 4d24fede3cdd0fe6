"""Numbers of documents by day: WA20260301-01 a batch, TA20260301-01 a recall."""

from datetime import date

from django.db import connection, models


def next_number(model: type[models.Model], prefix: str, day: date) -> str:
    """The next free number of `day`. Inside the transaction that writes it: two at once wait for each other, because they
    would count the same rows."""
    start = f"{prefix}{day:%Y%m%d}-"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [start])
    taken = model._default_manager.filter(number__startswith=start).values_list("number", flat=True)
    last = max((int(number.removeprefix(start)) for number in taken), default=0)
    return f"{start}{last + 1:02d}"
