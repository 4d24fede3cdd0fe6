"""Requests for assistance (协催): asked by who works the case, granted by who answers for the helper, for some days.

While a request is accepted the helper may see and work the case (`CaseHelper`); the custody, and so the credit for money,
stays with the holder.
"""

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from agents.complaints import upheld_against
from agents.models import AssistRequest, AssistState, Team
from agents.moves.gather import may_contact
from agents.scope import people_for
from cases.models import Case, CaseHelper, DeskKind
from collection_ops.core import clock
from collection_ops.core.access import Role, Scope, scope
from collection_ops.core.models import User
from collection_ops.core.services import audit
from collection_ops.core.services.notifications import notify

ASK, DECIDE = "assist.ask", "assist.decide"
LONGEST_DAYS = 30
OPEN_STATES = (AssistState.ASKED, AssistState.ACCEPTED)


class AssistRefused(Exception):
    """It cannot be done so; the sentence says why, `field` where it stands in a form."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


def ask(
    *, case: Case, helper: User | None, team: Team | None, needs: str, until: date, actor: User, now: datetime
) -> AssistRequest:
    """Ask a person or a team to help with `case` (in the actor's scope) through the day `until`. Raises AssistRefused: a
    case that is closed or not on a collector's desk, nobody asked, oneself, the holder, no words, a day out of bounds, or an
    open request."""
    _check_text(needs, _("请写明需要什么协助"), "needs")
    _check_until(until, clock.business_date(now))
    with transaction.atomic():
        held = _hold(case.pk)
        if not held.is_open or held.desk is None or held.desk.kind != DeskKind.COLLECTOR:
            raise AssistRefused(_("只有在催收员席位上的在催案件可以申请协催"))
        if (helper is None) == (team is None):
            raise AssistRefused(_("请选择一位协催人，或一个小组"), "helper")
        if helper is not None:
            _check_helper(helper, held, clock.business_date(now))
        _end_overdue(AssistRequest.objects.filter(case=held), now)
        try:
            with transaction.atomic():
                request = AssistRequest.objects.create(
                    case=held,
                    asked_by=actor,
                    asked_at=now,
                    helper=helper,
                    team=team,
                    needs=needs.strip()[:200],
                    until=until,
                )
        except IntegrityError as already:
            raise AssistRefused(_("这个案件已有待审批或进行中的协催")) from already
        audit.record(
            action="assist.asked",
            actor=actor,
            obj=request,
            data={"case": held.pk, "helper": helper.pk if helper else None, "team": team.code if team else ""},
            reason=needs,
        )
        _tell(deciders_of(request), "assist.asked", request, actor, level="warning")
    return request


def decide(
    *, request: AssistRequest, accept: bool, helper: User | None, note: str, actor: User, now: datetime
) -> AssistRequest:
    """Accept (naming the helper where a team was asked) or refuse. Raises AssistRefused: decided already, one's own request,
    no helper, a helper who may not contact, no reason of a refusal, or a case that was closed or moved to the helper."""
    today = clock.business_date(now)
    with transaction.atomic():
        case = _hold(request.case_id)
        held = _hold_request(request.pk)
        if held.state != AssistState.ASKED:
            raise AssistRefused(_("这个申请已由他人处理：%(state)s") % {"state": held.get_state_display()})
        if held.asked_by_id == actor.pk:
            raise AssistRefused(_("自己的申请须由他人审批"))
        held.decided_by, held.decided_at, held.decision_note = actor, now, note.strip()[:200]
        if not accept:
            _check_text(note, _("请写明不同意的原因"), "note")
            held.state, held.ended_at = AssistState.REFUSED, now
            held.save()
            audit.record(action="assist.refused", actor=actor, obj=held, data={"case": case.pk}, reason=note)
            _tell([held.asked_by], "assist.refused", held, actor, level="warning")
            return held
        chosen = held.helper or helper
        if chosen is None:
            raise AssistRefused(_("请选择协催人"), "helper")
        if held.until < today:
            raise AssistRefused(_("申请的协催日期已过，请驳回后重新申请"))
        if not case.is_open:
            raise AssistRefused(_("案件已结案，请驳回这个申请"))
        _check_helper(chosen, case, today)
        _end_overdue(AssistRequest.objects.filter(case=case).exclude(pk=held.pk), now)
        held.helper, held.state = chosen, AssistState.ACCEPTED
        held.help = CaseHelper.objects.create(case=case, user=chosen, since=now, until=held.until)
        held.save()
        data = {"case": case.pk, "helper": chosen.pk, "until": held.until.isoformat()}
        audit.record(action="assist.accepted", actor=actor, obj=held, data=data, reason=note)
        _tell({held.asked_by, chosen} - {actor}, "assist.accepted", held, actor, level="success")
    return held


def finish(*, request: AssistRequest, outcome: str, actor: User, now: datetime) -> AssistRequest:
    """The help is over, with what came of it. Raises AssistRefused: it does not run, or no words."""
    _check_text(outcome, _("请写明协催的结果"), "outcome")
    with transaction.atomic():
        _hold(request.case_id)
        held = _hold_request(request.pk)
        if held.state != AssistState.ACCEPTED:
            raise AssistRefused(_("这个协催不在进行中：%(state)s") % {"state": held.get_state_display()})
        _end(held, AssistState.FINISHED, outcome, actor, now)
        audit.record(action="assist.finished", actor=actor, obj=held, data={"case": held.case_id}, reason=outcome)
        people = {held.asked_by, *([held.helper] if held.helper else [])}
        _tell(people - {actor}, "assist.finished", held, actor)
    return held


def cancel(*, request: AssistRequest, actor: User, now: datetime) -> AssistRequest:
    """Take back a request that waits. Raises AssistRefused: decided already, or not one's own."""
    with transaction.atomic():
        _hold(request.case_id)
        held = _hold_request(request.pk)
        if held.asked_by_id != actor.pk:
            raise AssistRefused(_("只有申请人可以撤回"))
        if held.state != AssistState.ASKED:
            raise AssistRefused(_("这个申请已处理：%(state)s") % {"state": held.get_state_display()})
        _end(held, AssistState.CANCELLED, "", actor, now)
        audit.record(action="assist.cancelled", actor=actor, obj=held, data={"case": held.case_id})
    return held


def end_overdue(*, now: datetime) -> int:
    """End help whose last day is over or whose case was closed or left the collectors' desks; requests that were not decided
    by then lapse. Returns how many; access ended by itself already (CaseQuerySet.on_desk_or_helped)."""
    with transaction.atomic():
        return _end_overdue(AssistRequest.objects.all(), now)


def _end_overdue(requests: QuerySet[AssistRequest], now: datetime) -> int:
    today = clock.business_date(now)
    gone = Q(case__closed_on__isnull=False) | ~Q(case__desk__kind=DeskKind.COLLECTOR)
    over = requests.filter(Q(until__lt=today) | gone, state__in=OPEN_STATES)
    locked = over.select_for_update(of=("self",)).select_related("help", "helper", "asked_by").order_by("case_id")
    ended = list(locked)
    for request in ended:
        # A few a day, each with its own words: not a batch.
        was_running = request.state == AssistState.ACCEPTED
        _end(request, AssistState.FINISHED if was_running else AssistState.CANCELLED, "", None, now)
        audit.record(action="assist.ended", actor=None, obj=request, data={"case": request.case_id})
        people = {request.asked_by, *([request.helper] if was_running and request.helper else [])}
        _tell(people, "assist.ended", request, None)
    return len(ended)


def _end(request: AssistRequest, state: AssistState, outcome: str, actor: User | None, now: datetime) -> None:
    request.state, request.ended_by, request.ended_at = state, actor, now
    request.outcome = outcome.strip()[:200]
    request.save(update_fields=["state", "ended_by", "ended_at", "outcome"])
    if request.help is not None:
        CaseHelper.objects.filter(pk=request.help.pk, ended_at__isnull=True).update(ended_at=now)


def assists_for(user: User) -> QuerySet[AssistRequest]:
    """Requests that concern this person: asked by them, for their help, about cases in their scope, or of their people."""
    related = ("case__loan__debtor", "case__loan__source", "case__desk__owner", "asked_by", "helper", "team", "help")
    found = AssistRequest.objects.select_related(*related, "decided_by", "ended_by")
    granted = scope(user, ASK)
    if granted == Scope.ALL:
        return found
    mine = Q(asked_by=user) | Q(helper=user) | Q(case__desk__owner=user)
    if granted == Scope.TEAM and user.unit:
        mine |= Q(case__desk__unit=user.unit) | Q(helper__unit=user.unit) | Q(team__code=user.unit)
    return found.filter(mine) if granted is not None else found.none()


def to_decide(user: User) -> QuerySet[AssistRequest]:
    """Requests that wait for this person: the helper is one of theirs, or their team was asked; not their own."""
    granted = scope(user, DECIDE)
    waiting = AssistRequest.objects.filter(state=AssistState.ASKED).exclude(asked_by=user)
    if granted == Scope.ALL:
        return waiting
    if granted == Scope.TEAM and user.unit:
        return waiting.filter(Q(helper__unit=user.unit) | Q(team__code=user.unit))
    return waiting.none()


def helpers_for(request: AssistRequest, user: User) -> QuerySet[User]:
    """Whom this person may name as the helper of a request that a team was asked."""
    holder = request.case.desk.owner_id if request.case.desk else None
    people = people_for(user, DECIDE).exclude(pk=holder or 0)
    if request.team is not None:
        people = people.filter(unit=request.team.code)
    return people.order_by("display_name", "pk")


def deciders_of(request: AssistRequest) -> list[User]:
    """Team leaders of the helper's side, or the supervisors where there are none besides the one who asks."""
    unit = request.helper.unit if request.helper is not None else request.team.code if request.team else ""
    people = User.objects.filter(is_active=True).exclude(pk=request.asked_by_id)
    leaders = list(people.filter(role_grants__role=Role.TEAM_LEADER, unit=unit)) if unit else []
    return leaders or list(people.filter(role_grants__role=Role.SUPERVISOR))


def _hold(case_id: int) -> Case:
    case: Case = Case.objects.select_for_update(of=("self",)).select_related("desk", "loan").get(pk=case_id)
    return case


def _hold_request(request_id: int) -> AssistRequest:
    people = ("asked_by", "helper", "help", "team")
    return AssistRequest.objects.select_for_update(of=("self",)).select_related(*people).get(pk=request_id)


def _check_helper(helper: User, case: Case, today: date) -> None:
    if case.desk is not None and case.desk.owner_id == helper.pk:
        raise AssistRefused(_("%(who)s 就是案件的负责人，请选择别人") % {"who": helper}, "helper")
    if not helper.is_active or Role.COLLECTOR not in helper.roles:
        raise AssistRefused(_("%(who)s 不是在职的催收员") % {"who": helper}, "helper")
    if not may_contact([helper.pk], today).get(helper.pk, False):
        raise AssistRefused(_("%(who)s 没有有效的合格证或材料，不能协催") % {"who": helper}, "helper")
    if upheld_against(helper.pk, [case.loan.debtor_id], day=today):
        raise AssistRefused(_("客户对 %(who)s 的投诉成立，不能由此人协催") % {"who": helper}, "helper")


def _check_until(until: date, today: date) -> None:
    if until < today:
        raise AssistRefused(_("协催日期不能早于今天（%(day)s）") % {"day": today}, "until")
    if (until - today).days > LONGEST_DAYS:
        raise AssistRefused(_("协催最多 %(days)s 天，更久请移动案件") % {"days": LONGEST_DAYS}, "until")


def _check_text(text: str, sentence: str, field: str) -> None:
    if not text.strip():
        raise AssistRefused(sentence, field)


def _tell(people: object, kind: str, request: AssistRequest, actor: User | None, *, level: str = "info") -> None:
    params = {"who": str(actor or ""), "case": request.case_id, "until": request.until.isoformat()}
    url = reverse("moves:assist", args=[request.pk])
    notify(users=people, kind=kind, params=params, url=url, level=level)  # type: ignore[arg-type]
