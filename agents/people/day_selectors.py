"""One person's day, in order: contacts with what came of them, refusals with their rule, promises, hours without a sign."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.db.models import F, Q
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from agents.credit import credited
from agents.people.board_limits import board_limits
from agents.people.board_selectors import Figures, contacts_on, refusals_on, rules_of
from agents.people.day_activity import Contact, Gap, Refusal, Sign, gaps_of, signs_of
from agents.people.presence import Presence, presences
from cases.models import Case, Promise, PromiseState
from cases.names import shown_names
from collection_ops.core.models import User
from compliance.models import ContactDetail
from compliance.models.attempt import Channel, Outcome
from compliance.rule_texts import spoken
from compliance.selectors_calls import callbacks_due

MOST_LINES = 300

SHOWN: dict[str, str | Lazy] = {
    "": gettext_lazy("全部"),
    "attempts": pgettext_lazy("contact counter", "拨打"),
    "connected": gettext_lazy("接通"),
    "effective": pgettext_lazy("contact counter", "有效"),
    "refused": gettext_lazy("拦截"),
    "late": gettext_lazy("超时催记"),
    "promised": gettext_lazy("承诺"),
    "gaps": gettext_lazy("空档"),
    "wishes": gettext_lazy("投诉意愿"),
}


@dataclass(frozen=True)
class AboutCase:
    """A case as the reader may see it; outside the scope there is only that there was one."""

    name: str = ""
    contract: str = ""
    case_id: int = 0


@dataclass
class DayLine:
    """`tags`: which of SHOWN it belongs to. `tone` colours its mark. `notes`: badges (words, tone)."""

    at: datetime
    title: str
    tone: str
    tags: frozenset[str]
    about: AboutCase | None = None
    detail: str = ""
    ends: datetime | None = None
    notes: list[tuple[str, str]] = field(default_factory=list)
    decision: int = 0


@dataclass(frozen=True)
class MoneyLine:
    about: AboutCase
    amount: Decimal


@dataclass(frozen=True)
class PersonDay:
    """`lines` of all kinds; the page shows those of one."""

    figures: Figures
    presence: Presence
    lines: list[DayLine]
    rules: list[tuple[str, dict[str, str], int]]
    due: list[tuple[Promise, AboutCase]]
    callbacks: list[tuple[ContactDetail, AboutCase]]
    money: list[MoneyLine]
    idle_minutes: int


def person_day(person: User, *, day: date, now: datetime, reader: User) -> PersonDay:
    """The day of `person` as `reader` may see it; a fixed number of queries."""
    contacts, refusals = contacts_on([person.pk], day=day)[person.pk], refusals_on([person.pk], day=day)[person.pk]
    limits = board_limits(day)
    presence = presences([person], day=day, now=now, limits=limits)[person.pk]
    signs = signs_of(contacts, refusals)
    gaps = [gap for gap in gaps_of(signs, presence.hours, now=now) if gap.minutes >= limits.idle_minutes]
    promises = list(
        Promise.objects.filter(
            Q(made_by=person, made_on=day, cancelled_at__isnull=True)
            | Q(made_by=person, settled_on=day, state=PromiseState.KEPT)
            | Q(case__desk__owner=person, state=PromiseState.OPEN, due_on=day)
        )
        .annotate(holder=F("case__desk__owner_id"))
        .order_by("made_at", "pk")
    )
    made = [promise for promise in promises if promise.made_by_id == person.pk and promise.made_on == day]
    callbacks = list(callbacks_due(cases=Case.objects.present().filter(desk__owner=person), until=now)[:MOST_LINES])
    credits = credited(first=day, last=day, users=[person.pk])
    about = _cases(
        {
            *(one.case_id for one in contacts), *(one.case_id for one in refusals),
            *(one.case_id for one in promises), *(one.case_id for one in credits),
            *(one.attempt.case_id for one in callbacks),
        },
        reader,
    )  # fmt: skip
    results = dict(_results(contacts))
    lines = [
        *(_contact_line(one, results, about, now) for one in contacts if one.state != "cancelled"),
        *(_refusal_line(one, about) for one in refusals),
        *(_gap_line(gap) for gap in gaps),
        *(_promise_line(promise, about) for promise in made),
    ]
    kept = [p for p in promises if p.made_by_id == person.pk and p.settled_on == day and p.state == PromiseState.KEPT]
    due = [p for p in promises if p.holder == person.pk and p.due_on == day and p.state == PromiseState.OPEN]
    figures = Figures(
        attempts=sum(one.is_attempt for one in contacts),
        connected=sum(one.is_connected for one in contacts),
        effective=sum(one.is_effective for one in contacts),
        incoming=sum(one.direction == "in" for one in contacts),
        waiting=sum(one.state == "open" for one in contacts),
        told_late=sum(bool(one.late_minutes) for one in contacts),
        wishes=sum(one.complaint_wish for one in contacts),
        refused=len(refusals),
        promised=len(made),
        promised_amount=sum((promise.amount for promise in made), Decimal(0)),
        due=len(due),
        due_amount=sum((promise.amount for promise in due), Decimal(0)),
        kept=len(kept),
        kept_amount=sum((promise.amount for promise in kept), Decimal(0)),
        callbacks=len(callbacks),
        money_today=sum((one.amount for one in credits), Decimal(0)),
    )
    return PersonDay(
        figures=figures,
        presence=presence,
        lines=sorted(lines, key=lambda line: line.at),
        rules=rules_of(refusals),
        due=[(promise, about[promise.case_id]) for promise in due],
        callbacks=[(one, about[one.attempt.case_id]) for one in callbacks],
        money=[MoneyLine(about[one.case_id], one.amount) for one in credits],
        idle_minutes=limits.idle_minutes,
    )


def _cases(wanted: Collection[int], reader: User) -> dict[int, AboutCase]:
    """A case that has left the reader's scope since is said to have, by no name."""
    mine = list(
        Case.objects.for_user(reader, "cases.view").filter(pk__in=wanted).select_related("loan__debtor", "loan__source")
    )
    names = shown_names(reader, mine)
    found = {case.pk: AboutCase(names[case.pk], case.loan.contract_no, case.pk) for case in mine}
    return {pk: found.get(pk) or AboutCase(_("已转出的案件")) for pk in wanted}


def _results(contacts: Collection[Contact]) -> list[tuple[int, str]]:
    details = ContactDetail.objects.filter(attempt__in=[one.pk for one in contacts]).select_related("result_code")
    return [(detail.attempt_id, detail.result_code.label) for detail in details if detail.result_code is not None]


def _contact_line(one: Contact, results: dict[int, str], about: dict[int, AboutCase], now: datetime) -> DayLine:
    channel = str(Channel(one.channel).label)
    if one.direction == "in":
        channel = _("%(channel)s（来电）") % {"channel": channel}
    result = results.get(one.pk) or (str(Outcome(one.result).label) if one.result else _("待记录"))
    tags, notes = {"attempts"} if one.is_attempt else set(), []
    if one.is_connected:
        tags.add("connected")
    if one.is_effective:
        tags.add("effective")
        notes.append((pgettext("contact counter", "有效"), "success"))
    elif one.is_connected:
        notes.append((_("接通"), "info"))
    if one.misdirected:
        notes.append((_("号码非本人"), "neutral"))
    is_overdue = one.is_overdue(now)
    if one.late_minutes or is_overdue:
        tags.add("late")
        told = _("迟记 %(minutes)s 分钟") % {"minutes": one.late_minutes} if one.late_minutes else _("超时未记录")
        notes.append((told, "warning"))
    if one.complaint_wish:
        tags.add("wishes")
        notes.append((_("有投诉意愿"), "warning"))
    tone = "success" if one.is_effective else "info" if one.is_connected else "neutral"
    return DayLine(
        one.at, f"{channel} · {result}", "warning" if is_overdue else tone, frozenset(tags), about[one.case_id],
        ends=one.ended_at, notes=notes,
    )  # fmt: skip


def _refusal_line(one: Refusal, about: dict[int, AboutCase]) -> DayLine:
    return DayLine(
        one.at, _("合规判定：不允许联系"), "info", frozenset({"refused"}), about[one.case_id],
        detail=f"{one.rule} {spoken(one.statement) if one.statement else ''}".strip(), decision=one.pk,
    )  # fmt: skip


def _gap_line(gap: Gap) -> DayLine:
    title = _("%(minutes)s 分钟没有动作") % {"minutes": gap.minutes}
    return DayLine(gap.begins, title, "warning", frozenset({"gaps"}), detail=sign_between(gap), ends=gap.ends)


def _sign(sign: Sign | None, otherwise: str) -> str:
    words = {"contact": _("联系"), "note": _("登记结果"), "refused": _("被拦截的联系")}
    return otherwise if sign is None else words[sign.kind]


def _promise_line(promise: Promise, about: dict[int, AboutCase]) -> DayLine:
    title = _("承诺 %(amount)s 元，%(day)s 前") % {
        "amount": f"{promise.amount:,.2f}",
        "day": promise.due_on.isoformat(),
    }
    return DayLine(promise.made_at, title, "success", frozenset({"promised"}), about[promise.case_id])


def sign_between(gap: Gap) -> str:
    """«联系 → 记录»: what a gap lies between, for the board."""
    return _("%(before)s → %(after)s") % {
        "before": _sign(gap.before, _("上班时间")),
        "after": _sign(gap.after, _("此刻") if gap.is_open else _("下班时间")),
    }
