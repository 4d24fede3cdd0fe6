"""What must always be true of the daily facts."""

import random
from datetime import date

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from collection_ops.core.invariants import Rows, invariant
from reports.facts import keeping
from reports.models import BookFact, DirtyDay, MoneyFact, RollFact

SAMPLE = 3


@invariant("F1", _("抽查的日汇总与明细一致"))
def facts_are_the_rows() -> Rows:
    """Some days at random, another each night, that nothing has marked: made anew, they are what they were."""
    with transaction.atomic():
        if DirtyDay.objects.exists():
            keeping.refresh()
        files = keeping.file_days()
        days = [(source, day) for source, found in files.items() for day in found]
        sample = random.sample(days, min(SAMPLE, len(days)))
        before = {one: _facts(*one) for one in sample}
        with transaction.atomic():
            work = keeping.Work()
            for source, day in sample:
                work.book_changed(source, day, files[source])
                work.money_months[source].add(keeping.month_of(day))
            keeping.make(work, files=files)
            after = {one: _facts(*one) for one in sample}
            transaction.set_rollback(True)
    return [
        {"source": source, "day": f"{day}"} for (source, day) in sample if before[source, day] != after[source, day]
    ]


def _facts(source: int, day: date) -> list[list[tuple[object, ...]]]:
    chosen = (
        BookFact.objects.filter(source=source, day=day),
        MoneyFact.objects.filter(source=source, month=keeping.month_of(day)),
        RollFact.objects.filter(source=source, to_day=day),
    )
    return [
        sorted(rows.values_list(*[field.name for field in rows.model._meta.fields if field.name != "id"]), key=str)
        for rows in chosen
    ]
