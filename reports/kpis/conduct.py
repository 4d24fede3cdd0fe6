"""Complaints: the rates of compliance/complaints/rates, asked as KPIs. There is no second formula here."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal

from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from cases.models import Desk, DeskKind
from compliance.complaints.rates import OWN_ORG, By, rates_by
from compliance.complaints.rates import Line as Rated
from reports.kpis.asked import Answer, Dim, Key, Question
from reports.kpis.definitions import Definition, InForce, Unit, kpi_of
from reports.kpis.rows import answer, rate
from reports.models import ReachedFact

CONDUCT_DIMS = (Dim.DESK, Dim.TEAM, Dim.AGENCY)
_WAYS: Mapping[Dim, By] = {Dim.DESK: "user", Dim.TEAM: "unit", Dim.AGENCY: "org"}
_NAMES = ("complaints", "contacted", "withdrawn", "open", "decided", "upheld", "due", "in_time")
_ONCE = _("投诉件数；公司合计每件只计一次，涉及多人的在各人处各计一次")
_WHOSE = _("归投诉所涉及的人、其现在的小组或机构；流程、费用、征信、信息使用类只归公司")


def _answer(version: InForce, question: Question, above: str, below: str, *parts: str, few: bool = False) -> Answer:
    """Of one dimension at a time: a complaint about a person of a team is no product of the two. Raises ValueError for more
    dimensions, and for one source of the book, whose complaints nobody tells apart."""
    dims = list(dict.fromkeys([*question.by, *question.only]))
    if len(dims) > 1 or question.source is not None:
        raise ValueError(f"{version.definition.name} is told apart by one of {', '.join(CONDUCT_DIMS)} at a time")
    desks = list(Desk.objects.filter(pk__in=question.desks or ()).order_by("pk"))
    users = agencies = None
    if question.desks is not None:
        users = [desk.owner_id for desk in desks if desk.owner_id]
        agencies = {desk.code for desk in desks if desk.kind == DeskKind.AGENCY}
    of_agencies = bool(agencies) and not users
    way: By = _WAYS[dims[0]] if dims else "house"
    ways: tuple[By, ...] = tuple({way: 0, "house": 0} | ({"org": 0} if of_agencies else {}))
    found = rates_by(
        question.first, question.as_of, ways, None if of_agencies else users,
        agencies=of_agencies, known_by=question.known_by,
        house=_reached(question) if question.facts else None,
    )  # fmt: skip
    if of_agencies:
        # The rates know all agencies; what lies outside the reader's scope is left out here.
        found = {
            by: [line for line in some if by != "org" or line.key in (agencies or ())] for by, some in found.items()
        }
    named = _keys(dims[0] if dims else None)
    wanted = next(iter(question.only.values()), None)
    lines: dict[Key, Rated] = {}
    for one in found[way] if dims else ():
        key = named(one.key)
        if key is not None and wanted in (None, key):
            lines[(key,)] = one
    small: dict[Key, bool] = {key: line.is_small for key, line in lines.items()}
    whole = _whole(found, lines, wanted, of_agencies)
    small[()] = whole.is_small
    figures = {key: _figures(line) for key, line in lines.items()} if question.by else {}
    answered = answer(version, question, (figures, _figures(whole)), rate(above, below, *parts))
    if not few:
        return answered
    told = [replace(line, no_rate=small[line.key]) for line in answered.lines]
    return replace(answered, lines=tuple(told), total=replace(answered.total, no_rate=small[()]))


def _reached(question: Question) -> int:
    """Of the house, from the daily facts."""
    first_days = ReachedFact.objects.filter(month=question.first, first_day__lte=question.as_of)
    return first_days.aggregate(people=Sum("people"))["people"] or 0


def _whole(found: Mapping[By, list[Rated]], lines: Mapping[Key, Rated], wanted: str | None, of_agencies: bool) -> Rated:
    (house,) = found["house"]
    if wanted is not None:
        return next(iter(lines.values()), Rated(wanted, type(house.counts)(), house.least))
    if of_agencies:
        # Of agencies every complaint is about one of them and every contact is made by one: their lines add up.
        sums = {name: sum(getattr(line.counts, name) for line in found["org"]) for name in _NAMES}
        return Rated("", type(house.counts)(**sums), house.least)
    return house


def _figures(line: Rated) -> dict[str, Decimal]:
    return {name: Decimal(getattr(line.counts, name)) for name in _NAMES}


def _keys(dim: Dim | None) -> Callable[[str], str | None]:
    """The key of a line for that of a rate: desks by their owners, agencies by their codes without the lender itself."""
    if dim == Dim.DESK:
        codes = {
            str(owner): code for owner, code in Desk.objects.filter(owner__isnull=False).values_list("owner", "code")
        }
        return codes.get
    return (lambda key: None if key == OWN_ORG else key) if dim == Dim.AGENCY else (lambda key: key)


COMPLAINT_RATE = Definition(
    name="complaint_rate",
    label=_("投诉率(每万联系客户)"),
    unit=Unit.PER_10K,
    event=_("期间内发生(不知发生日的按收到日)的投诉；撤回的仍计入，另列；并案的不重复计"),
    population=_("期间内呼出联系到的客户(有人接听或见到，不论是谁)，不重复"),
    grain=_ONCE,
    as_of=_("事情发生的日期"),
    window=_("期间首日至末日"),
    exclusions=_("语音信箱与消息不算联系到；号码非本人的不计；联系到的客户太少时不给出比率"),
    attribution=_WHOSE,
    dims=CONDUCT_DIMS,
    higher_is_better=False,
)


@kpi_of(COMPLAINT_RATE)
def complaint_rate(question: Question, version: InForce) -> Answer:
    """Complaints ÷ contacted customers, for 10,000 of them; none where too few were contacted."""
    return _answer(version, question, "complaints", "contacted", "withdrawn", "open", few=True)


UPHELD_RATE = Definition(
    name="upheld_rate",
    label=_("投诉属实率"),
    unit=Unit.PERCENT,
    event=_("认定属实或部分属实的投诉"),
    population=_("期间内作出决定的投诉；未办结的不计，撤回不是决定，重新办理的视为未决定"),
    grain=_ONCE,
    as_of=_("决定的日期"),
    window=_("期间首日至末日"),
    exclusions=_("对个人、小组、机构，只计认定其负有责任的"),
    attribution=_WHOSE,
    dims=CONDUCT_DIMS,
    higher_is_better=False,
    counter="complaint_rate",
)


@kpi_of(UPHELD_RATE)
def upheld_rate(question: Question, version: InForce) -> Answer:
    """Complaints found true, wholly or partly ÷ complaints decided."""
    return _answer(version, question, "upheld", "decided", "open")


COMPLAINTS_IN_TIME = Definition(
    name="complaints_in_time",
    label=_("投诉按期办结率"),
    unit=Unit.PERCENT,
    event=_("在期限当日或之前办结的办理轮次"),
    population=_("期限在期间内的办理轮次；未到期的不计，逾期未办结的计入"),
    grain=_("办理轮次；重新办理的投诉另有一轮"),
    as_of=_("期限的日期"),
    window=_("期间首日至末日"),
    exclusions=_("并案的投诉"),
    attribution=_WHOSE,
    dims=CONDUCT_DIMS,
    higher_is_better=True,
    counter="upheld_rate",
)


@kpi_of(COMPLAINTS_IN_TIME)
def complaints_in_time(question: Question, version: InForce) -> Answer:
    """Rounds closed by their last day ÷ rounds that were due."""
    return _answer(version, question, "in_time", "due", "open")
