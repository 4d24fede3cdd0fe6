"""What the pages of quality checks show, and to whom: a result stays hidden from those who could still give a second
opinion."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from cases.models import Case, Promise
from cases.names import shown_name, shown_names
from collection_ops.core.access import has
from collection_ops.core.models import User
from compliance.models import (
    AppealOutcome,
    BreachCase,
    BreachSource,
    ContactAttempt,
    ContactDetail,
    HitState,
    OpinionKind,
    QualityCheck,
    QualityOpinion,
    Reached,
    SecondState,
    StaffTask,
    TextKind,
    Transcript,
    WordingHit,
)
from compliance.models.quality import CHECK
from compliance.quality.following import quotes_of
from compliance.quality.form import Form, Item, Named, Section, read_form
from compliance.quality.gathering import TOLD_WITHIN
from compliance.quality.reasons import REASONS
from compliance.selectors_calls import Line, lines_to_say
from compliance.services.call_details import missing_at_opening


def names_of(user: User, cases: Iterable[Case]) -> dict[int, str]:
    """Case id → name as this person may read it. Talks are older than the desks: of a case that is not in the person's scope
    any more the name is masked, whoever's talk it was. Two queries."""
    listed = list({case.pk: case for case in cases}.values())
    mine = set(Case.objects.for_user(user).filter(pk__in=[case.pk for case in listed]).values_list("pk", flat=True))
    names = {case.pk: shown_name(case.loan.debtor.name, full=False) for case in listed}
    return names | shown_names(user, [case for case in listed if case.pk in mine])


def blind(user: User) -> Q:
    """Checks whose result this person must not know yet."""
    if not has(user, CHECK):
        return Q(pk__in=[])
    given = QualityOpinion.objects.filter(checker=user, submitted_at__isnull=False).values("check_of")
    return Q(second=SecondState.WANTED) & (Q(user=None) | ~Q(user=user)) & ~Q(pk__in=given)


@dataclass(frozen=True)
class Row:
    check: QualityCheck
    name: str
    why: list[str]
    is_blind: bool


def rows_of(user: User, checks: list[QualityCheck]) -> list[Row]:
    """Lines of a list. Three queries, however many."""
    hidden = set(
        QualityCheck.objects.filter(blind(user), pk__in=[one.pk for one in checks]).values_list("pk", flat=True)
    )
    names = names_of(user, [one.attempt.case for one in checks])
    return [Row(one, names[one.attempt.case_id], why_of(one), one.pk in hidden) for one in checks]


def listed(rows: QuerySet[QualityCheck]) -> QuerySet[QualityCheck]:
    """With what a line of the list shows."""
    return rows.select_related("user", "checker", "attempt__case__loan__debtor", "appeal").defer(
        "settle_note", "appeal__reason", "appeal__note"
    )


def why_of(check: QualityCheck) -> list[str]:
    return [str(REASONS.get(code, code)) for code, _weight in check.why]


@dataclass(frozen=True)
class Piece:
    """A stretch of a text; `category`: of the forbidden wording that it is."""

    text: str
    category: str = ""


def pieces_of(text: str, hits: Iterable[WordingHit]) -> list[Piece]:
    """The text cut where a hit begins and ends; of hits that overlap the first."""
    found: list[Piece] = []
    at = 0
    for hit in sorted(hits, key=lambda one: one.start):
        if hit.start >= at:
            found += [Piece(text[at : hit.start]), Piece(text[hit.start : hit.end], hit.category)]
            at = hit.end
    return [one for one in (*found, Piece(text[at:])) if one.text]


@dataclass(frozen=True)
class TalkShown:
    """The talk as it is put beside the form. `seconds`: how long it was, where the line knows."""

    attempt: ContactAttempt
    detail: ContactDetail | None
    name: str
    may_open: bool
    seconds: int | None
    missing: list[str]
    promises: list[Promise]
    words: list[Line]
    note: list["Piece"]
    transcript: list["Piece"]

    @property
    def duration(self) -> str:
        return "" if self.seconds is None else f"{self.seconds // 60}:{self.seconds % 60:02d}"


def talk_of(check: QualityCheck, reader: User) -> TalkShown:
    """Six queries. Forbidden wording is marked for whoever may read the wording check."""
    attempt = ContactAttempt.objects.select_related(
        "case__loan__debtor",
        "case__loan__source",
        "actor",
        "point",
        "gate",
        "detail__result_code",
        "detail__action",
        "transcript",
    ).get(pk=check.attempt_id)
    detail: ContactDetail | None = getattr(attempt, "detail", None)
    case = attempt.case
    begun = (detail.connected_at if detail is not None else None) or attempt.started_at
    seconds = int((attempt.ended_at - begun).total_seconds()) if attempt.ended_at and begun else None
    told = (attempt.closed_at or attempt.opened_at) + TOLD_WITHIN
    promises = Promise.objects.filter(case=case, made_at__gte=attempt.opened_at, made_at__lte=told)
    is_third = detail is not None and detail.reached == Reached.THIRD
    words: list[Line] = []
    if attempt.actor is not None:
        said = lines_to_say(
            case=case, staff=attempt.actor, audience="third" if is_third else "debtor", shows_amounts=False
        )
        reason = detail.arrears_reason if detail is not None else ""
        words = [line for line in said if line.reason in ("", reason)]
    hits = list(attempt.wording_hits.exclude(state=HitState.FALSE_ALARM)) if has(reader, "wording.view") else []
    spoken: Transcript | None = getattr(attempt, "transcript", None)
    is_mine = Case.objects.for_user(reader).filter(pk=case.pk).exists()
    return TalkShown(
        attempt=attempt,
        detail=detail,
        name=names_of(reader, [case])[case.pk],
        may_open=is_mine,
        seconds=seconds if seconds is None or seconds >= 0 else None,
        missing=missing_at_opening(detail) if detail is not None else [],
        promises=list(promises.order_by("pk")),
        words=words,
        note=pieces_of(attempt.note, [hit for hit in hits if hit.kind == TextKind.NOTE]),
        transcript=pieces_of(spoken.text, [hit for hit in hits if hit.kind == TextKind.TRANSCRIPT]) if spoken else [],
    )


@dataclass(frozen=True)
class Followed:
    """What a result brought: coachings, and matters of the register for whoever may read it."""

    tasks: list[StaffTask]
    breaches: list[BreachCase]


def followed(check: QualityCheck, reader: User) -> Followed:
    """Two queries."""
    tasks = StaffTask.objects.filter(check_number=check.pk).order_by("pk")
    breaches = BreachCase.objects.for_user(reader).filter(source=BreachSource.QUALITY, check_number=check.pk)
    return Followed(list(tasks), list(breaches.order_by("pk")))


def apart_in(opinions: Iterable[QualityOpinion]) -> set[str]:
    """Codes of items that the first and the second opinion answer differently."""
    by_kind = {str(one.kind): one.answers for one in opinions}
    first, second = by_kind.get(OpinionKind.FIRST), by_kind.get(OpinionKind.SECOND)
    if first is None or second is None:
        return set()
    return {code for code in first.keys() | second.keys() if first.get(code, "") != second.get(code, "")}


@dataclass(frozen=True)
class ItemLine:
    item: Item
    level: int | None
    is_answered: bool
    error: str = ""


@dataclass(frozen=True)
class CriticalLine:
    error: Named
    is_found: bool
    quote: str
    wrong: str = ""


@dataclass(frozen=True)
class SectionLines:
    section: Section
    items: list[ItemLine]


@dataclass(frozen=True)
class OpinionShown:
    """One opinion with the form it was given by."""

    opinion: QualityOpinion
    form: Form
    sections: list[SectionLines]
    critical: list[CriticalLine]


def opinion_shown(opinion: QualityOpinion) -> OpinionShown:
    form = read_form(opinion.form.body)
    quotes = quotes_of(opinion)
    found = [CriticalLine(one, True, quotes.get(one.code, "")) for one in form.critical if one.code in opinion.critical]
    return OpinionShown(opinion, form, section_lines(form, opinion.answers), found)


def section_lines(
    form: Form, answers: "dict[str, int | None]", wrong: str = "", sentence: str = ""
) -> list[SectionLines]:
    return [
        SectionLines(
            section,
            [
                ItemLine(item, answers.get(item.code), item.code in answers, sentence if item.code == wrong else "")
                for item in section.items
            ],
        )
        for section in form.sections
    ]


def critical_lines(form: Form, quotes: dict[str, str], wrong: str = "", sentence: str = "") -> list[CriticalLine]:
    return [
        CriticalLine(
            one, one.code in quotes, quotes.get(one.code, ""), sentence if wrong == f"critical_{one.code}" else ""
        )
        for one in form.critical
    ]


def opinions_for(check: QualityCheck, reader: User) -> list[QualityOpinion]:
    """The submitted opinions that the reader may see: whoever checks, all of them; others, the one that the result is
    from. Nothing of a check that the reader must stay blind of. Expects the opinions prefetched with their forms."""
    given = [one for one in check.opinions.all() if one.submitted_at is not None]
    if has(reader, CHECK) and check.user_id != reader.pk:
        mine = any(one.checker_id == reader.pk for one in given)
        return [] if check.second == SecondState.WANTED and not mine else given
    by_kind = {str(one.kind): one for one in given}
    appeal = getattr(check, "appeal", None)
    if appeal is not None and appeal.outcome == AppealOutcome.CHANGED:
        return [by_kind[OpinionKind.APPEAL]]
    in_force = (check.score, check.passed, check.critical)
    both = [by_kind[kind] for kind in (OpinionKind.FIRST, OpinionKind.SECOND) if kind in by_kind]
    return [one for one in both if (one.score, one.passed, one.critical) == in_force][:1]
