"""The demo's calls: what the collectors did on the last days, through the gate and the log that people use."""

from datetime import date, datetime, time, timedelta
from random import Random

from django.db.models import QuerySet
from django.utils import timezone

from cases.demo.play import AGENCY_DESK, Staff, staff_day
from cases.models import Case, ContactPoint, DeskKind, HoldType
from cases.services.holds import place_hold
from collection_ops.core.models import User
from compliance.gate import open_attempt
from compliance.services.log import close_attempt, record_past

DAYS = 8
CALLS_A_DAY = 4
FIRST_CALL = time(9, 20)
AGENCY = AGENCY_DESK.removeprefix("agency-")
RESULTS = {"right_party": 35, "no_answer": 40, "busy": 8, "connected": 10, "third_party": 4, "out_of_service": 3}
NOTES = {
    "right_party": (
        "说本周五发工资后还",
        "问能不能分期，已说明需申请",
        "忘了还款日，答应今天处理",
        "最近在住院，下周再联系",
    ),
    "connected": ("对方没有说姓名就挂断",),
    "third_party": ("家人接听，请其转告回电",),
}


@staff_day
def call_debtors(*, day: date, days_left: int, staff: Staff, random: Random) -> None:
    """Each collector calls some of their debtors; on one of the days somebody is ill, and the agency calls too late."""
    if days_left > DAYS:
        return
    for collector in staff.collectors:
        moment = _at(day, FIRST_CALL)
        for case in _chosen(Case.objects.open().filter(desk__owner=collector), random, CALLS_A_DAY):
            _call(case, collector, moment, random)
            moment += timedelta(minutes=random.randint(11, 40))
    if days_left == 2:
        for case in _chosen(Case.objects.open().filter(desk__owner=staff.collectors[0]), random, 1):
            place_hold(
                debtor=case.loan.debtor, type=HoldType.ILLNESS, reason="住院治疗", proof="住院证明（扫描件）",
                actor=staff.supervisor, now=_at(day, time(16, 0)), ends_at=_at(day + timedelta(days=30), time(0, 0)),
            )  # fmt: skip
        for case in _chosen(Case.objects.open().filter(desk__kind=DeskKind.AGENCY), random, 1):
            record_past(
                case=case, point=_own_phone(case), channel="call", result="no_answer", org=AGENCY, actor=None,
                started_at=_at(day, time(22, 7)), now=_at(day, time(23, 0)),
            )  # fmt: skip


def _call(case: Case, collector: User, moment: datetime, random: Random) -> None:
    point = _own_phone(case)
    if point is None:
        return
    answer = open_attempt(case=case, point=point, actor=collector, now=moment)
    if answer.attempt is None:
        return
    result = random.choices(list(RESULTS), weights=list(RESULTS.values()))[0]
    ended = moment + timedelta(seconds=random.randint(20, 400))
    note = random.choice(NOTES.get(result, ("",)))
    close_attempt(attempt=answer.attempt, result=result, actor=collector, now=ended, ended_at=ended, note=note)


def _chosen(cases: QuerySet[Case], random: Random, count: int) -> list[Case]:
    ids = list(cases.order_by("loan__contract_no").values_list("pk", flat=True))
    chosen = random.sample(ids, min(count, len(ids)))
    found = Case.objects.select_related("loan__debtor").in_bulk(chosen)
    return [found[pk] for pk in chosen]


def _own_phone(case: Case) -> ContactPoint | None:
    own = ContactPoint.objects.filter(debtor_id=case.loan.debtor_id, kind=ContactPoint.Kind.PHONE, relation="")
    return own.order_by("pk").first()


def _at(day: date, moment: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, moment))
