"""What of quality checks waits for a person, on the page of their tasks."""

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from collection_ops.core.access import Scope, has, scope
from collection_ops.core.approvals import Waiting, decisions
from collection_ops.core.models import User
from compliance.models import CheckState, QualityCheck, QualityOpinion, SecondState
from compliance.models.quality import APPEAL, CHECK


def may_be_checked(user: User) -> bool:
    """Whether talks of this person's own may be drawn: who appeals for agencies makes none."""
    return scope(user, APPEAL) in (Scope.OWN, Scope.TEAM)


def to_check(user: User) -> QuerySet[QualityCheck]:
    """Talks that this person can check, or has begun to."""
    rows = QualityCheck.objects.open().filter(Q(checker=None) | Q(checker=user))
    return rows.exclude(user=user) if has(user, CHECK) else rows.none()


def to_check_again(user: User) -> QuerySet[QualityCheck]:
    """Those that want a second opinion which this person can give."""
    rows = QualityCheck.objects.filter(second=SecondState.WANTED).exclude(user=user)
    return (
        rows.filter(~Exists(_by_others(user, "second")), ~Exists(_submitted(user))) if has(user, CHECK) else rows.none()
    )


def to_settle(user: User) -> QuerySet[QualityCheck]:
    rows = QualityCheck.objects.filter(second=SecondState.DIFFERS).exclude(user=user)
    return rows if has(user, CHECK) else rows.none()


def appeals_to_decide(user: User) -> QuerySet[QualityCheck]:
    """Appeals against opinions that are not this person's."""
    rows = QualityCheck.objects.filter(appeal__isnull=False, appeal__outcome="").exclude(user=user)
    rows = rows.exclude(appeal__made_by=user).filter(~Exists(_submitted(user)))
    return rows if has(user, CHECK) else rows.none()


def to_acknowledge(user: User) -> QuerySet[QualityCheck]:
    """One's own results that one has not taken note of."""
    return QualityCheck.objects.filter(user=user, state=CheckState.DONE, acknowledged_at=None)


def _submitted(user: User) -> QuerySet[QualityOpinion]:
    return QualityOpinion.objects.filter(check_of=OuterRef("pk"), checker=user, submitted_at__isnull=False)


def _by_others(user: User, kind: str) -> QuerySet[QualityOpinion]:
    return QualityOpinion.objects.filter(check_of=OuterRef("pk"), kind=kind).exclude(checker=user)


@decisions
def checks(user: User) -> Waiting | None:
    return _waiting(_("待质检通话"), to_check(user), "queue") if has(user, CHECK) else None


@decisions
def second_opinions(user: User) -> Waiting | None:
    return _waiting(_("待复评质检"), to_check_again(user), "second") if has(user, CHECK) else None


@decisions
def differences(user: User) -> Waiting | None:
    return _waiting(_("待协调质检分歧"), to_settle(user), "differs") if has(user, CHECK) else None


@decisions
def appeals(user: User) -> Waiting | None:
    return _waiting(_("待复核质检申诉"), appeals_to_decide(user), "appeals") if has(user, CHECK) else None


@decisions
def own_results(user: User) -> Waiting | None:
    return _waiting(_("待确认的质检结果"), to_acknowledge(user), "unseen") if may_be_checked(user) else None


def _waiting(label: str, rows: QuerySet[QualityCheck], show: str) -> Waiting:
    return Waiting(label, rows.count(), f"{reverse('compliance:quality')}?show={show}")
