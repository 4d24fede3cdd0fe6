"""The complaint rates as people read them: names for keys, the months as bars, and which complaints were counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.models import Desk
from collection_ops.core.access import Scope, scope
from collection_ops.core.models import User
from compliance.complaints.rates import OWN_ORG, By, Line
from compliance.models import About, Complaint, ComplaintCategory, ComplaintSource, ComplaintSubject, ComplaintType

CAPABILITY = "complaints.rates"
WORDS: dict[By, Any] = {
    "user": gettext_lazy("人员"),
    "unit": gettext_lazy("小组"),
    "org": gettext_lazy("机构"),
    "type": gettext_lazy("类型"),
    "source": gettext_lazy("来源"),
    "category": gettext_lazy("监管分类"),
}
CHOICES: dict[By, Any] = {"type": ComplaintType, "category": ComplaintCategory, "source": ComplaintSource}


@dataclass(frozen=True)
class Row:
    label: str
    line: Line


@dataclass(frozen=True)
class Bar:
    """One month. `height`: per cent of the highest. `is_running`: it is not over."""

    month: date
    line: Line
    height: int
    is_running: bool

    @property
    def top(self) -> int:
        return 100 - self.height


def sees_agencies_only(user: User) -> bool:
    """A vendor manager answers for agencies, and sees no figure of the lender's own people."""
    return scope(user, CAPABILITY) == Scope.PLACED


def ways(user: User) -> list[By]:
    """By what somebody may look at the rates; the first is where the page opens."""
    return ["org", "type", "source"] if sees_agencies_only(user) else ["user", "unit", "org", "type", "source"]


def named(lines: Sequence[Line], by: By, reader: User) -> list[Row]:
    """Each line with its name. Nobody reads how many complaints there are about themselves. At most one query."""
    keys = [line.key for line in lines]
    labels: dict[str, str] = {}
    if by == "user":
        keys = [key for key in keys if key != str(reader.pk)]
        people = User.objects.filter(pk__in=[int(key) for key in keys])
        labels = {str(pk): name for pk, name in people.values_list("pk", "display_name")}
    elif by == "org":
        labels = dict(Desk.objects.filter(code__in=keys).values_list("code", "name")) | {OWN_ORG: _("自有团队")}
    elif by in CHOICES:
        labels = {str(value): str(label) for value, label in CHOICES[by].choices}
    return [Row(labels.get(line.key) or line.key, line) for line in lines if line.key in keys]


def bars(months: Sequence[tuple[date, Line]], today: date) -> list[Bar]:
    highest = max((line.rate or Decimal(0) for _month, line in months), default=Decimal(0)) or Decimal(1)
    return [
        Bar(month, line, int((line.rate or 0) * 100 / highest), month == today.replace(day=1)) for month, line in months
    ]


def counted_in(first: date, last: date, *, by: By, key: str, agencies: bool, reader: User) -> "QuerySet[Complaint]":
    """The complaints that a line of `rates` counts, as far as the reader may see them."""
    rows = Complaint.objects.for_user(reader).counted().annotate(day=Coalesce("event_on", "received_on"))
    rows = rows.filter(day__range=(first, last))
    named_in = ComplaintSubject.objects.filter(complaint=OuterRef("pk"))
    if agencies:
        rows = rows.filter(Exists(named_in.filter(about=About.AGENCY)))
    if by == "user":
        return rows.filter(Exists(named_in.filter(user_id=int(key)))) if key.isdecimal() else rows.none()
    if by == "unit":
        return rows.filter(Exists(named_in.filter(user__unit=key)))
    if by == "org":
        return rows.filter(
            Exists(named_in.filter(about=About.COLLECTOR) if key == OWN_ORG else named_in.filter(org=key))
        )
    return rows.filter(**{by: key})
