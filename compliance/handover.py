"""Contacts on the handover card: the last ones, and what the debtor said about being able to pay."""

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from cases.handover import Line, handover_part
from cases.models import Case
from collection_ops.core.models import User
from compliance.facts import gather
from compliance.models import AttemptState, ContactAttempt
from compliance.rules.facts import REACHED
from compliance.wish_texts import wishes_in_words

LAST = 3


@handover_part(label=_("最近三次联系"), order=10)
def last_contacts(case: Case, user: User, now: datetime) -> Iterable[Line]:
    log = ContactAttempt.objects.filter(case=case, state=AttemptState.CLOSED).select_related("actor")
    for attempt in log.order_by("-opened_at", "-pk")[:LAST]:
        parts = [attempt.get_channel_display(), attempt.get_result_display(), str(attempt.actor or attempt.org)]
        yield Line(" · ".join(part for part in parts if part), attempt.took_place_at)


@handover_part(label=_("客户本人怎么说"), order=20)
def own_words(case: Case, user: User, now: datetime) -> Iterable[Line]:
    """The last notes of talks with the debtor in person."""
    told = ContactAttempt.objects.filter(case=case, state=AttemptState.CLOSED, result__in=REACHED).exclude(note="")
    for attempt in told.order_by("-opened_at", "-pk")[:LAST]:
        yield Line(attempt.note, attempt.took_place_at)


@handover_part(label=_("联系约定"), order=25)
def wishes(case: Case, user: User, now: datetime) -> Iterable[Line]:
    """When and how the person wants to be contacted, as the gate has it."""
    known = gather(debtor_id=case.loan.debtor_id, now=now, since=now)
    for sentence in wishes_in_words(known.facts):
        yield Line(sentence)
