"""The filters of a dashboard, as they stand in the address: period, source, product, region, stage, team, agency, desk.

What cannot be read is said in a sentence and left out; the rest still holds.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agents.models import Team
from agents.targets.gather import last_of
from cases.models import Case, Desk, DeskKind, ImportRun, Loan, RunKind, RunState, Source
from cases.querysets import CaseQuerySet
from cases.selectors import products_and_regions
from collection_ops.core.access import Scope, scope
from collection_ops.core.models import User
from reports.kpis import Dim, Question
from reports.kpis.asked import STAGE_NAMES
from reports.why.moves import month_before

MOST_DAYS = 1100
"""So long a period may be: three years."""
LABELS: Mapping[str, Any] = {
    "period": gettext_lazy("期间"),
    "source": gettext_lazy("数据来源"),
    "product": gettext_lazy("产品"),
    "region": gettext_lazy("地区"),
    "stage": gettext_lazy("逾期阶段"),
    "team": gettext_lazy("小组"),
    "agency": gettext_lazy("委外机构"),
    "desk": gettext_lazy("席位"),
    "cohort": gettext_lazy("入催月"),
    "age": gettext_lazy("账龄(月)"),
}
NARROWING = ("product", "region", "stage", "team", "agency", "desk")
OF_A_CURVE: Mapping[str, str] = {"cohort": r"2\d{3}-(0[1-9]|1[0-2])", "age": r"0[1-9]|1[0-2]"}
"""What only the rows behind a curve are narrowed to, by the points of its chart; offered in no form."""
LONGEST = 64


@dataclass(frozen=True)
class Chip:
    label: str
    text: str
    remove: str


@dataclass(frozen=True)
class Asked:
    """`first` through `as_of`; `only`: what the reader narrowed to; `desks`: the reader's scope (None: everything).
    `query`: what was read of the address, in its canonical form. `newest`: business date of the newest file, None without
    a book. `errors`: sentences about what could not be read."""

    first: date
    as_of: date
    newest: date | None
    desks: frozenset[int] | None
    source: Source | None = None
    only: Mapping[Dim, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    errors: tuple[str, ...] = ()

    @property
    def is_month(self) -> bool:
        """Whether the period is a calendar month, or what there is of it."""
        return self.first.day == 1 and (self.first.year, self.first.month) == (self.as_of.year, self.as_of.month)

    def question(self, **changes: Any) -> Question:
        found = Question(
            as_of=self.as_of,
            first=self.first,
            source=self.source.pk if self.source else None,
            only=dict(self.only),
            desks=self.desks,
        )
        return found.narrowed(**changes) if changes else found

    @property
    def before(self) -> tuple[date, date]:
        """The period to compare with: of a month the one before up to the same day, else as many days just before."""
        if self.is_month:
            before = month_before(self.question())
            return before.first, before.as_of
        return self.first - (self.as_of - self.first) - timedelta(days=1), self.first - timedelta(days=1)

    def address(self, *, without: str = "", **more: Any) -> str:
        """Query string of these filters; the period is always in it where the reader chose one."""
        dropped = {"month", "from", "to"} if without == "period" else {without}
        kept = {name: value for name, value in self.query.items() if name not in dropped}
        return urlencode(kept | {name: value for name, value in more.items() if value not in ("", None)})

    def pinned(self, **more: Any) -> str:
        """Query string with the period written out: for links that still have to mean the same days tomorrow."""
        kept = {name: value for name, value in self.query.items() if name not in ("month", "from", "to")}
        days = {"from": self.first.isoformat(), "to": self.as_of.isoformat()}
        return urlencode(days | kept | {name: value for name, value in more.items() if value not in ("", None)})

    @property
    def chips(self) -> list[Chip]:
        found = []
        if {"month", "from", "to"} & set(self.query):
            found.append(
                Chip(str(LABELS["period"]), f"{self.first} – {self.as_of}", f"?{self.address(without='period')}")
            )
        for name in ("source", *NARROWING, *OF_A_CURVE):
            if name in self.query:
                text = self.names.get(name) or self.query[name]
                found.append(Chip(str(LABELS[name]), text, f"?{self.address(without=name)}"))
        return found

    def cases(self, user: User, capability: str) -> CaseQuerySet:
        """The reader's cases as they lie now, narrowed; the stage apart, which tables of stages show anyway."""
        found: CaseQuerySet = Case.objects.for_user(user, capability)
        if self.source is not None:
            found = found.filter(loan__source=self.source)
        fields = {
            Dim.PRODUCT: "loan__product",
            Dim.REGION: "loan__region",
            Dim.DESK: "desk__code",
            Dim.AGENCY: "desk__code",
            Dim.TEAM: "desk__unit",
        }
        return found.filter(**{fields[dim]: value for dim, value in self.only.items() if dim in fields})

    def list_url(self, **query: Any) -> str:
        """The case list with these filters and more: the rows behind a figure of the book as it lies now."""
        kept = {
            name: self.query[name] for name in ("source", "product", "region", "desk", "team") if name in self.query
        }
        if "agency" in self.query:
            kept["desk"] = self.query["agency"]
        if "stage" in self.query and "stage" not in query and "move" not in query:
            kept["stage"] = str(STAGE_NAMES.index(self.query["stage"]) + 1)
        return f"{reverse('cases:list')}?{urlencode(kept | query)}"


def desks_of(user: User, capability: str) -> frozenset[int] | None:
    """The desks whose cases somebody may see by `capability`; None: all of them."""
    granted = scope(user, capability)
    desks = Desk.objects.all()
    if granted == Scope.ALL:
        return None
    if granted == Scope.TEAM:
        desks = desks.filter(unit=user.unit) if user.unit else desks.none()
    elif granted == Scope.PLACED:
        desks = desks.filter(kind=DeskKind.AGENCY)
    elif granted == Scope.OWN:
        desks = desks.filter(owner=user)
    else:
        desks = desks.none()
    return frozenset(desks.values_list("pk", flat=True))


def newest_file(source: Source | None) -> date | None:
    """Business date of the newest applied file."""
    runs = ImportRun.objects.filter(state=RunState.APPLIED, kind=RunKind.OVERDUE)
    if source is not None:
        runs = runs.filter(source=source)
    return runs.order_by("-as_of").values_list("as_of", flat=True).first()


@dataclass(frozen=True)
class Choices:
    """What the filter form offers: pairs of value and words."""

    source: list[tuple[str, str]]
    product: list[tuple[str, str]]
    region: list[tuple[str, str]]
    stage: list[tuple[str, str]]
    team: list[tuple[str, str]]
    agency: list[tuple[str, str]]
    desk: list[tuple[str, str]]

    def of(self, name: str) -> dict[str, str]:
        return dict(getattr(self, name))


def choices(desks: frozenset[int] | None) -> Choices:
    """Inside the reader's scope; four queries, of which two are kept for minutes."""
    listed = Desk.objects.filter(is_active=True).order_by("kind", "name", "pk")
    if desks is not None:
        listed = listed.filter(pk__in=desks)
    rows = list(listed.values_list("code", "name", "kind", "unit"))
    units = {unit for _code, _name, _kind, unit in rows if unit}
    teams = dict(Team.objects.filter(code__in=units).values_list("code", "name"))
    products, regions = products_and_regions()
    return Choices(
        source=list(Source.objects.filter(is_active=True).order_by("name").values_list("code", "name")),
        product=[(one, one) for one in products],
        region=[(one, one) for one in regions],
        stage=[(one, one) for one in STAGE_NAMES],
        team=sorted(((unit, teams.get(unit) or unit) for unit in units), key=lambda pair: pair[1]),
        agency=[(code, name) for code, name, kind, _unit in rows if kind == DeskKind.AGENCY],
        desk=[(code, name) for code, name, _kind, _unit in rows],
    )


def read(
    typed: Mapping[str, Any], user: User, capability: str, *, today: date, of_a_curve: bool = False
) -> tuple[Asked, Choices]:
    """The filters of the address for this reader, and what could be chosen."""
    desks = desks_of(user, capability)
    offered = choices(desks)
    text = {name: str(typed.get(name, "")).replace("\x00", "").strip()[:LONGEST] for name in
            ("month", "from", "to", "source", *NARROWING)}  # fmt: skip
    errors: list[str] = []
    query: dict[str, str] = {}
    names: dict[str, str] = {}
    for name in ("source", *NARROWING):
        if not text[name]:
            continue
        known = offered.of(name)
        if text[name] in known or _is_new(name, text[name]):
            query[name], names[name] = text[name], known.get(text[name], text[name])
        else:
            errors.append(_("没有%(label)s“%(value)s”，已忽略") % {"label": LABELS[name], "value": text[name][:30]})
    for name, pattern in OF_A_CURVE.items() if of_a_curve else ():
        value = str(typed.get(name, ""))[:LONGEST]
        if re.fullmatch(pattern, value, re.ASCII):
            query[name] = value
    source = Source.objects.filter(code=query["source"]).first() if "source" in query else None
    newest = newest_file(source)
    first, as_of, chosen, wrong = _period(text, newest or today)
    if wrong:
        errors.append(wrong)
    return (
        Asked(
            first=first,
            as_of=as_of,
            newest=newest,
            desks=desks,
            source=source,
            only={Dim(name): query[name] for name in (*NARROWING, *OF_A_CURVE) if name in query},
            query=chosen | query,
            names=names,
            errors=tuple(errors),
        ),
        offered,
    )


def _is_new(name: str, value: str) -> bool:
    """A product or region that came after the list of choices was made."""
    return name in ("product", "region") and Loan.objects.filter(**{name: value}).exists()


def _period(text: Mapping[str, str], newest: date) -> tuple[date, date, dict[str, str], str]:
    """First and last day, what of the address was used, and what is wrong with it. Without a choice: the month of the
    newest file up to it."""
    default = newest.replace(day=1), newest
    if text["from"] or text["to"]:
        try:
            first = date.fromisoformat(text["from"]) if text["from"] else default[0]
            as_of = date.fromisoformat(text["to"]) if text["to"] else default[1]
        except ValueError:
            return *default, {}, _("起止日期要写成 2026-03-05 这样，已改用默认期间")
        if first > as_of:
            return *default, {}, _("开始日期晚于结束日期，已改用默认期间")
        if (as_of - first).days > MOST_DAYS or first.year < 2000 or as_of.year > 2200:
            return *default, {}, _("期间最长三年，已改用默认期间")
        return first, as_of, {"from": first.isoformat(), "to": as_of.isoformat()}, ""
    if text["month"]:
        found = re.fullmatch(r"(2\d{3})-(0[1-9]|1[0-2])", text["month"], re.ASCII)
        if found is None:
            return *default, {}, _("月份要写成 2026-03 这样，已改用默认期间")
        first = date(int(found[1]), int(found[2]), 1)
        if first > newest:
            return *default, {}, _("这个月还没有文件，已改用默认期间")
        return first, min(last_of(first), newest), {"month": text["month"]}, ""
    return *default, {}, ""
