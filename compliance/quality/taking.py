"""Who has a talk in hand. Two people who press «next» at once get two talks, so that nobody listens in vain; one that was
left lying is taken over.

Having it is having a draft of an opinion, however empty. An appeal is decided in one go and is not taken first.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from collection_ops.core import clock
from collection_ops.core.dated_settings import Setting
from collection_ops.core.models import User
from collection_ops.core.services import audit
from compliance.models import CheckState, OpinionKind, QualityCheck, QualityOpinion
from compliance.quality import waiting
from compliance.quality.checking import Given, kind_for, save_opinion
from compliance.quality.following import lock_check
from compliance.quality.refusals import QualityRefused

IDLE_DAYS = Setting(
    "quality.idle_days",
    label=gettext_lazy("质检搁置多少天后他人可接手"),
    default=3,
    source=gettext_lazy("内控"),
    unit=gettext_lazy("天"),
    least=1,
    most=30,
)
TAKEN = (OpinionKind.FIRST, OpinionKind.SECOND)


def take(*, check: QualityCheck, actor: User, now: datetime) -> QualityCheck:
    """Begin a check or its second opinion: nobody else can from then on. What somebody left lying is taken over and their
    draft goes. Twice is once. Raises QualityRefused: one's own talk, somebody else is at it, nothing to be done."""
    with transaction.atomic():
        locked, since = lock_check(check), _since(now)
        left = next((one for one in locked.opinions.all() if _is_left(one, since)), None)
        if left is not None and left.checker_id != actor.pk and locked.user_id != actor.pk:
            _drop(locked, left)
            audit.record(action="quality.taken_over", actor=actor, obj=locked, data={"from": left.checker_id})
            locked = lock_check(check)
        if not any(one.checker_id == actor.pk and _is_open(one) for one in locked.opinions.all()):
            kind = kind_for(locked, actor) or OpinionKind.FIRST
            save_opinion(check=locked, kind=kind, given=Given(), submit=False, actor=actor, now=now)
            audit.record(action="quality.begun", actor=actor, obj=locked, data={"kind": str(kind)})
    return locked


def take_next(*, actor: User, now: datetime) -> QualityCheck | None:
    """What the actor has begun, then the weightiest that nobody has; then an appeal or a second opinion that waits for
    somebody like the actor."""
    open_ones = waiting.to_check(actor)
    begun = open_ones.filter(checker=actor).order_by("-weight", "pk").first()
    if begun is not None:
        return begun
    with transaction.atomic():
        free = open_ones.filter(checker=None).order_by("-weight", "pk")
        found = free.select_for_update(of=("self",), skip_locked=True).first()
        if found is not None:
            return take(check=found, actor=actor, now=now)
    return (
        waiting.appeals_to_decide(actor).order_by("pk").first()
        or waiting.to_check_again(actor).order_by("done_at", "pk").first()
    )


def give_back(*, check: QualityCheck, actor: User, now: datetime) -> QualityCheck:
    """The actor does not go on with it: the draft goes, and anybody may begin. Raises QualityRefused: nothing of theirs is
    open."""
    with transaction.atomic():
        locked = lock_check(check)
        own = next((one for one in locked.opinions.all() if one.checker_id == actor.pk and _is_open(one)), None)
        if own is None:
            raise QualityRefused(_("您没有正在进行的评分"))
        _drop(locked, own)
        audit.record(action="quality.given_back", actor=actor, obj=locked)
    return locked


def is_left_lying(check: QualityCheck, person: User, now: datetime) -> bool:
    """Whether this person could take over what another has begun. Expects the opinions with their checkers prefetched."""
    since = _since(now)
    return any(one.checker_id != person.pk and _is_left(one, since) for one in check.opinions.all())


def left_lying(user: User, now: datetime) -> QuerySet[QualityCheck]:
    """Checks that others have begun and left, or who have left the house."""
    of_others = QualityOpinion.objects.filter(check_of=OuterRef("pk"), kind=OpinionKind.FIRST, submitted_at=None)
    old = of_others.exclude(checker=user).filter(Q(saved_at__lt=_since(now)) | Q(checker__is_active=False))
    return QualityCheck.objects.filter(Exists(old), state=CheckState.CHECKING)


def _is_open(opinion: QualityOpinion) -> bool:
    return opinion.submitted_at is None and opinion.kind in TAKEN


def _is_left(opinion: QualityOpinion, since: datetime) -> bool:
    return _is_open(opinion) and (opinion.saved_at < since or not opinion.checker.is_active)


def _since(now: datetime) -> datetime:
    return now - timedelta(days=IDLE_DAYS.on(clock.business_date(now)))


def _drop(check: QualityCheck, opinion: QualityOpinion) -> None:
    opinion.delete()
    if opinion.kind == OpinionKind.FIRST:
        check.state, check.checker = CheckState.WAITING, None
        check.save(update_fields=["state", "checker"])
