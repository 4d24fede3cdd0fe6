"""The story played: each morning's files through the real importer, then the staff's day.

Whatever stands in the book afterwards was put there by the services that people use, with the moments at which they
would have done it: files at ten past eight, payments at nine, absences explained and cases handed out after that.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from importlib import import_module
from pathlib import Path
from random import Random
from typing import Protocol

from django.utils import timezone
from django.utils.module_loading import autodiscover_modules

from cases.demo import files
from cases.demo.days import DemoDay, Left, Portfolio
from cases.demo.loans import CARD, LOAN
from cases.imports.approval import approve, submit
from cases.imports.run import apply_run, import_file
from cases.models import Absence, AbsenceReason, Case, Desk, DeskKind, ImportRun, RunState, Source
from cases.services.absences import explain
from cases.services.custody import move_cases
from cases.services.repayments import Payment, record_repayments
from cases.services.sources import add_source
from cases.stage import OVERDUE_STAGES, days_of
from collection_ops.core.models import User

AGENCY_DESK = "agency-songfeng"
SOURCES = {CARD: "信用卡核心系统", LOAN: "消费贷系统"}
CHECKED = "已与来源系统核对：月末结账后成批转入和结清，数目与对方一致"
NEVER_EXPLAINED, EXPLAINED_TODAY = 0.06, 0.84
FILE_AT, PAYMENTS_AT, EXPLAIN_AT, MOVE_AT = time(8, 10), time(9, 0), time(10, 20), time(9, 30)

Say = Callable[[str], None]


class StoryBroken(Exception):
    """A file of the demo did not go where the story needs it; the run and its reason are named."""


@dataclass
class Staff:
    """Who does what in the story."""

    clerk: User
    supervisor: User
    collectors: Sequence[User]


class StaffDay(Protocol):
    """What people did on one business day besides the book's own work; `days_left` until the last day of the story."""

    def __call__(self, *, day: date, days_left: int, staff: Staff, random: Random) -> None: ...


_staff_days: list[StaffDay] = []


def staff_day(part: StaffDay) -> StaffDay:
    """Registers a part of the day that an app above plays; the same twice is one."""
    if part not in _staff_days:
        _staff_days.append(part)
    return part


@dataclass
class Told:
    """What was played."""

    runs: int = 0
    rows: int = 0
    payments: int = 0
    explained: int = 0
    moved: int = 0
    waiting: list[int] = field(default_factory=list)


def write_files(*, folder: Path, cases: int, seed: int, business_days: list[date]) -> list[Path]:
    """Only the files: every morning's, and one with a doubtful heading to practise on."""
    written = []
    portfolio = Portfolio(cases=cases, seed=seed, first_day=business_days[0])
    for today in portfolio.days(business_days):
        is_last = today.day == business_days[-1]
        written += [files.write_day(folder, today, source, seed=seed, spoilt=is_last) for source in SOURCES]
        if is_last:
            written += [files.write_practice(folder, today), files.write_without_contracts(folder, today)]
    return written


def play(
    *, folder: Path, cases: int, seed: int, business_days: list[date], staff: Staff, now: datetime, say: Say
) -> Told:
    """All days but the last are applied; the last one's card file waits in preview, its loan file has not come yet.

    Nothing is dated after `now`, the real moment: on the last day the story stops there.
    """
    import_module("cases.demo.plans")  # the book's own part of the staff's day
    autodiscover_modules("demo")  # apps above this one bring parts of their own (`staff_day`)
    told = Told()
    sources = {code: _source(code, name, staff.supervisor) for code, name in SOURCES.items()}
    desks = _desks(staff)
    random = Random(f"staff-{seed}")  # noqa: S311 (a story, not a secret)
    to_explain: dict[tuple[str, str], Left] = {}
    portfolio = Portfolio(cases=cases, seed=seed, first_day=business_days[0])
    for number, today in enumerate(portfolio.days(business_days)):
        remaining = len(business_days) - 1 - number
        if remaining == 0:
            path = files.write_day(folder, today, CARD, seed=seed, spoilt=True)
            run = _bring(path, sources[CARD], today.day, staff, min(_at(today.day, FILE_AT), now), apply=False)
            told.waiting.append(run.pk)
            break
        if remaining == 2:
            _bring_by_mistake(folder, today, sources[LOAN], staff.clerk)
        for code, source in sources.items():
            path = files.write_day(folder, today, code, seed=seed)
            run = _bring(path, source, today.day, staff, _at(today.day, FILE_AT), apply=True)
            told.runs += 1
            told.rows += run.row_counts["accepted"]
        told.payments += _record_payments(today, sources, staff.clerk)
        told.moved += _hand_out(today.day, desks, staff.supervisor, random)
        # Yesterday's gaps are explained today, once people have asked; some never are.
        told.explained += _explain(to_explain, today.day, staff.clerk, random)
        to_explain.update(today.left)
        for part in _staff_days:
            # Random of its own: one part more or less changes nothing of the others.
            part(
                day=today.day, days_left=remaining, staff=staff,
                random=Random(f"{part.__module__}-{seed}-{today.day}"),  # noqa: S311
            )  # fmt: skip
        say(f"{today.day:%Y-%m-%d}")
    return told


def _at(day: date, moment: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, moment))


def _source(code: str, name: str, actor: User) -> Source:
    found = Source.objects.filter(code=code).first()
    return found or add_source(code=code, name=name, actor=actor, expected_by=time(9, 0))


def _desks(staff: Staff) -> list[Desk]:
    desks = []
    for collector in staff.collectors:
        desk, _made = Desk.objects.get_or_create(
            kind=DeskKind.COLLECTOR,
            owner=collector,
            defaults={"code": f"desk-{collector.username}", "name": collector.display_name, "unit": collector.unit},
        )
        desks.append(desk)
    agency, _made = Desk.objects.get_or_create(
        code=AGENCY_DESK, defaults={"name": "松风资产管理（委外）", "kind": DeskKind.AGENCY}
    )
    return [*desks, agency]


def _bring(path: Path, source: Source, day: date, staff: Staff, now: datetime, *, apply: bool) -> ImportRun:
    """A morning's file. Where it is outside the guard rails, as after a month's end, the supervisor lets it in."""
    run = import_file(
        path=path, source=source, as_of=day, actor=staff.clerk, now=now, apply=apply, accept_good_rows=True,
        origin="page", hold=True,
    )  # fmt: skip
    if apply and run.state == RunState.PREVIEW and run.guard_findings:
        submit(run=run, actor=staff.clerk, now=now, note=CHECKED, accept_good_rows=True)
        approve(run=run, actor=staff.supervisor, now=now, enqueue=False)
        apply_run(run=run, actor=staff.supervisor, now=now)
    wanted = RunState.APPLIED if apply else RunState.PREVIEW
    if run.state != wanted:
        raise StoryBroken(f"{path.name}: run {run.pk} is {run.state}, not {wanted}: {run.refusal or run.questions}")
    return run


def _bring_by_mistake(folder: Path, today: DemoDay, source: Source, clerk: User) -> None:
    """An address list instead of the overdue list: refused, and kept so that its reason can be read."""
    path = files.write_without_contracts(folder, today)
    run = import_file(
        path=path, source=source, as_of=today.day, actor=clerk, now=_at(today.day, time(8, 5)), origin="page"
    )
    if run.state != RunState.REFUSED:
        raise StoryBroken(f"{path.name}: run {run.pk} is {run.state}, it should have been refused")


def _record_payments(today: DemoDay, sources: dict[str, Source], clerk: User) -> int:
    recorded = 0
    for code, source in sources.items():
        payments = [
            Payment(
                contract_no=payment.contract_no,
                paid_on=payment.paid_on,
                amount=files.yuan(payment.amount),
                reference=payment.reference,
                channel=payment.channel,
            )
            for payment in today.payments
            if payment.source == code
        ]
        if payments:
            recorded += record_repayments(
                payments=payments, source=source, actor=clerk, now=_at(today.day, PAYMENTS_AT)
            )
    return recorded


def _hand_out(day: date, desks: list[Desk], supervisor: User, random: Random) -> int:
    """Fresh cases go to the collectors, three in five; the oldest to the agency, two in five; the rest stays in the pool."""
    *own, agency = desks
    now = _at(day, MOVE_AT)
    oldest, _end = days_of(OVERDUE_STAGES[-1])
    waiting = Case.objects.present().filter(desk__kind=DeskKind.POOL, opened_on=day).order_by("loan__contract_no")
    moved = 0
    by_desk: dict[int, list[int]] = {desk.pk: [] for desk in desks}
    for number, (case, days_past_due) in enumerate(waiting.values_list("pk", "days_past_due")):
        chance = random.random()
        if days_past_due >= oldest:
            if chance < 0.4:
                by_desk[agency.pk].append(case)
        elif chance < 0.6 and own:
            by_desk[own[number % len(own)].pk].append(case)
    for desk in desks:
        if by_desk[desk.pk]:
            reason = "委外" if desk.kind == DeskKind.AGENCY else "日常分案"
            moved += move_cases(cases=by_desk[desk.pk], desk=desk, reason=reason, actor=supervisor, now=now)
    return moved


def _explain(pending: dict[tuple[str, str], Left], day: date, clerk: User, random: Random) -> int:
    """Say why contracts were missing, as far as somebody found out. What came back by itself needs no word."""
    explained = 0
    for key, why in list(pending.items()):
        chance = random.random()
        if chance >= NEVER_EXPLAINED + EXPLAINED_TODAY:
            continue  # still asking; tomorrow again
        del pending[key]
        if chance < NEVER_EXPLAINED:
            continue
        code, contract_no = key
        absence = (
            Absence.objects.filter(reason="", case__loan__source__code=code, case__loan__contract_no=contract_no)
            .select_related("case__loan")
            .first()
        )
        if absence is not None:
            explain(absence=absence, reason=AbsenceReason(why), actor=clerk, now=_at(day, EXPLAIN_AT))
            explained += 1
    return explained
