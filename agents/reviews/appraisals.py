"""The monthly appraisal (考核): opened with frozen figures, seen by the person, judged by the leader, agreed or decided."""

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from agents.models import Appraisal, AppraisalState
from agents.reviews.month_facts import MonthFacts, month_facts
from agents.reviews.scoring import Missing, Score, missing_for_next, score
from agents.reviews.weights import AppraisalRefused, weights_in_force
from agents.scope import people_for
from agents.targets.gather import last_of
from collection_ops.core import clock
from collection_ops.core.access import Scope, scope
from collection_ops.core.models import User
from collection_ops.core.money import round_money
from collection_ops.core.services import audit
from collection_ops.core.services.notifications import notify

VIEW, LEAD = "appraisals.view", "appraisals.lead"
LONGEST_TEXT = 2000


def appraisals_for(user: User, capability: str = VIEW) -> "QuerySet[Appraisal]":
    """Those inside the person's scope. Who sees all sees those of people who have left, too."""
    if scope(user, capability) == Scope.ALL:
        return Appraisal.objects.all()
    return Appraisal.objects.filter(user__in=people_for(user, capability))


def to_do(user: User) -> "QuerySet[Appraisal]":
    """What waits for this person: an own view, a leader's, an answer, a second leader's decision."""
    mine = Appraisal.objects.filter(user=user, state__in=[AppraisalState.OPEN, AppraisalState.LEADER])
    if scope(user, LEAD) is None:
        return mine
    led = Q(state=AppraisalState.SELF) | (Q(state=AppraisalState.DISAGREED) & ~Q(leader=user))
    others = appraisals_for(user, LEAD).exclude(user=user).filter(led)
    return Appraisal.objects.filter(Q(pk__in=mine.values("pk")) | Q(pk__in=others.values("pk")))


def open_month(*, month: date, users: Collection[User], actor: User, now: datetime) -> list[Appraisal]:
    """Freeze the figures of a month that is over for those of `users` who have no appraisal of it; returns the new ones.
    Raises AppraisalRefused: the month is not over, or everybody has one."""
    if month.day != 1 or last_of(month) >= clock.business_date(now):
        raise AppraisalRefused(_("这个月还没有结束，月末之后才能开始考核"))
    with transaction.atomic():
        weights = weights_in_force()
        have = set(Appraisal.objects.filter(month=month, user__in=users).values_list("user_id", flat=True))
        fresh = [user for user in users if user.pk not in have and user.pk != actor.pk]
        if not fresh:
            raise AppraisalRefused(_("范围内每个人都已有这个月的考核"))
        facts = month_facts(month=month, users=[user.pk for user in fresh], now=now)
        rows = [
            Appraisal(
                user=user,
                month=month,
                figures=facts[user.pk].to_json(),
                values=dict(weights.values),
                weights_version=weights.version,
                points=score(facts[user.pk].figures, weights.values).total,
                opened_by=actor,
                opened_at=now,
            )
            for user in sorted(fresh, key=lambda one: one.pk)
        ]
        # Of two who open at once the second finds them there.
        Appraisal.objects.bulk_create(rows, ignore_conflicts=True)
        made = list(
            Appraisal.objects.filter(month=month, user__in=fresh, opened_by=actor, opened_at=now).select_related("user")
        )
        audit.record_each(
            action="appraisal.opened",
            actor=actor,
            objects=[
                (row, {"user": row.user_id, "month": f"{month:%Y-%m}", "points": str(row.points)}) for row in made
            ],
        )
        notify(
            users=[row.user for row in made], kind="appraisal.opened", params={"month": f"{month:%Y-%m}"},
            url=f"{reverse('reviews:appraisals')}?month={month:%Y-%m}",
        )  # fmt: skip
    return made


def say_self(*, appraisal: Appraisal, view: str, actor: User, now: datetime) -> Appraisal:
    """The person's own view. Raises AppraisalRefused: somebody else's, empty, or too late."""
    text = _text(view, _("请写明自评"), "self_view")
    with transaction.atomic():
        locked = _locked(appraisal)
        if actor.pk != locked.user_id:
            raise AppraisalRefused(_("自评由本人填写"))
        _must_be(locked, AppraisalState.OPEN)
        locked.self_view, locked.self_at, locked.state = text, now, AppraisalState.SELF
        locked.save(update_fields=["self_view", "self_at", "state"])
        audit.record(action="appraisal.self", actor=actor, obj=locked, data={"month": f"{locked.month:%Y-%m}"})
    return locked


def say_leader(*, appraisal: Appraisal, view: str, adjustment: Decimal, actor: User, now: datetime) -> Appraisal:
    """The leader's view, with a few points more or less. Raises AppraisalRefused: one's own, empty, before the person's own
    view, after the answer, or more points than the weights allow."""
    text = _text(view, _("请写明评语"), "leader_view")
    with transaction.atomic():
        locked = _locked(appraisal)
        if actor.pk == locked.user_id:
            raise AppraisalRefused(_("不能评定自己的考核"))
        _must_be(locked, AppraisalState.SELF)
        _adjust(locked, adjustment)
        locked.leader_view, locked.leader, locked.leader_at, locked.state = text, actor, now, AppraisalState.LEADER
        locked.save()
        _audit_result(locked, "appraisal.judged", actor)
        _tell(locked, "appraisal.judged")
    return locked


def answer(*, appraisal: Appraisal, agrees: bool, note: str, actor: User, now: datetime) -> Appraisal:
    """The person agrees, or says why not; then a second leader decides. Raises AppraisalRefused: somebody else's, not
    judged yet, answered already, or no words for a disagreement."""
    with transaction.atomic():
        locked = _locked(appraisal)
        if actor.pk != locked.user_id:
            raise AppraisalRefused(_("须由本人确认"))
        _must_be(locked, AppraisalState.LEADER)
        if not agrees and not note.strip():
            raise AppraisalRefused(_("请写明哪里不同意、为什么"), "answer")
        locked.answer, locked.answered_at = note.strip()[:400], now
        locked.state = AppraisalState.AGREED if agrees else AppraisalState.DISAGREED
        locked.save(update_fields=["answer", "answered_at", "state"])
        audit.record(
            action="appraisal.agreed" if agrees else "appraisal.disagreed", actor=actor, obj=locked,
            data={"month": f"{locked.month:%Y-%m}"}, reason=note.strip(),
        )  # fmt: skip
    return locked


def decide(*, appraisal: Appraisal, adjustment: Decimal, reason: str, actor: User, now: datetime) -> Appraisal:
    """A second leader decides what the two did not agree on. Raises AppraisalRefused: the first leader or the person
    themselves, no disagreement, no reason, or more points than the weights allow."""
    text = _text(reason, _("请写明裁定的理由"), "decision")
    with transaction.atomic():
        locked = _locked(appraisal)
        if actor.pk == locked.user_id:
            raise AppraisalRefused(_("不能裁定自己的考核"))
        _must_be(locked, AppraisalState.DISAGREED)
        if actor.pk == locked.leader_id:
            raise AppraisalRefused(_("评语是你写的，须由另一位主管或经理裁定"))
        _adjust(locked, adjustment)
        locked.decision, locked.decided_by, locked.decided_at = text[:400], actor, now
        locked.state = AppraisalState.DECIDED
        locked.save()
        _audit_result(locked, "appraisal.decided", actor)
        _tell(locked, "appraisal.decided")
    return locked


def score_of(appraisal: Appraisal, *, adjusted: bool = True) -> Score:
    """Worked out again from what was frozen."""
    facts = MonthFacts.of_json(appraisal.figures)
    return score(facts.figures, appraisal.values, appraisal.adjustment if adjusted else Decimal(0))


def missing_of(appraisal: Appraisal) -> list[Missing]:
    """What was missing for the next grade, figure by figure."""
    facts = MonthFacts.of_json(appraisal.figures)
    return missing_for_next(facts.figures, appraisal.values, appraisal.adjustment)


def read_points(typed: str) -> Decimal:
    """Points as somebody typed them. Raises AppraisalRefused."""
    text = typed.strip().replace("−", "-") or "0"
    digits = text.lstrip("+-")
    if not (
        digits.replace(".", "", 1).isdecimal() and digits.isascii() and len(text) <= 7 and len(text) - len(digits) < 2
    ):
        raise AppraisalRefused(_("调整须是分数，如 2 或 -1.5"), "adjustment")
    return Decimal(text)


def _adjust(locked: Appraisal, adjustment: Decimal) -> None:
    most = int(locked.values["most_adjustment"])
    if abs(adjustment) > most or adjustment != round_money(adjustment):
        raise AppraisalRefused(_("调整须在 -%(most)d 与 %(most)d 分之间，最多两位小数") % {"most": most}, "adjustment")
    locked.adjustment = adjustment
    scored = score_of(locked)
    locked.result, locked.grade = scored.total, scored.grade


def _audit_result(locked: Appraisal, action: str, actor: User) -> None:
    data = {
        "user": locked.user_id, "month": f"{locked.month:%Y-%m}", "adjustment": str(locked.adjustment),
        "result": str(locked.result), "grade": locked.grade,
    }  # fmt: skip
    audit.record(action=action, actor=actor, obj=locked, data=data)


def _tell(locked: Appraisal, kind: str) -> None:
    notify(
        users=[locked.user], kind=kind, params={"month": f"{locked.month:%Y-%m}", "grade": locked.grade},
        url=reverse("reviews:appraisal", args=[locked.pk]),
    )  # fmt: skip


def _locked(appraisal: Appraisal) -> Appraisal:
    return Appraisal.objects.select_for_update(of=("self",)).select_related("user").get(pk=appraisal.pk)


def _must_be(locked: Appraisal, state: AppraisalState) -> None:
    if locked.state != state:
        raise AppraisalRefused(_("考核现在是“%(state)s”，不能这样做") % {"state": locked.get_state_display()})


def _text(typed: str, empty: str, field: str) -> str:
    text = typed.strip()
    if not text:
        raise AppraisalRefused(empty, field)
    if len(text) > LONGEST_TEXT:
        raise AppraisalRefused(_("最多 %(most)d 字") % {"most": LONGEST_TEXT}, field)
    return text
