"""What parts of the demo have in common: chosen cases, a number to call, a moment of a day."""

from datetime import date, datetime, time
from random import Random

from django.db.models import QuerySet
from django.utils import timezone

from cases.models import Case, ContactPoint


def chosen(cases: QuerySet[Case], random: Random, count: int) -> list[Case]:
    """Some of the cases, the same for the same chance."""
    ids = list(cases.order_by("loan__contract_no").values_list("pk", flat=True))
    some = random.sample(ids, min(count, len(ids)))
    found = Case.objects.select_related("loan__debtor").in_bulk(some)
    return [found[pk] for pk in some]


def own_phone(case: Case) -> ContactPoint | None:
    own = ContactPoint.objects.filter(debtor_id=case.loan.debtor_id, kind=ContactPoint.Kind.PHONE, relation="")
    return own.order_by("pk").first()


def at(day: date, moment: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, moment))
