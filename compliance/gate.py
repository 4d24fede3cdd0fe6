"""The gate: no contact without asking here first, and no answer that is not written down.

    open_attempt → (the contact takes place) → services.log.close_attempt, or cancel_attempt

Gather → decide → apply, with the debtor locked: two people who ask for the same debtor at the same moment are answered one
after the other, and the second is told of the first. What already happened is never refused: `services.log.record_past`.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction

from cases.models import Case, ContactPoint, Debtor
from collection_ops.core.models import User
from collection_ops.core.services import audit
from compliance.facts import TALKS, gather
from compliance.models import ContactAttempt, GateDecision
from compliance.rulebook import rules_in_force
from compliance.rules.engine import decide
from compliance.rules.facts import Action, facts_kept, to_json
from compliance.rules.occasions import Message
from compliance.rules.packs import Rule
from compliance.rules.texts import without_text
from compliance.rules.verdict import Verdict

logger = logging.getLogger(__name__)


ANSWER_HOLDS = timedelta(minutes=10)
"""House rule: how long after the gate's answer a contact may begin under it. Hours, holds and others' calls move on; who
was called away asks again. What took place all the same is told as ever, and judged at its own moment."""


def has_expired(attempt: ContactAttempt, *, now: datetime) -> bool:
    """Whether a contact that has not begun yet may not begin any more under the answer that allowed it."""
    return now >= attempt.opened_at + ANSWER_HOLDS


@dataclass(frozen=True)
class Answer:
    """What the gate said: the decision as it is kept, and the attempt that the note must cite (None: refused)."""

    decision: GateDecision
    verdict: Verdict
    attempt: ContactAttempt | None

    @property
    def allowed(self) -> bool:
        return self.attempt is not None


class StillOpen(Exception):
    """The actor has not told yet what came of the contact before with this person: `attempt`."""

    def __init__(self, attempt: ContactAttempt) -> None:
        super().__init__(f"attempt {attempt.pk} is open")
        self.attempt = attempt


def open_attempt(
    *,
    case: Case,
    point: ContactPoint | None,
    actor: User | None,
    now: datetime,
    channel: str = "call",
    purpose: str = "",
    actor_kind: str = "human",
    org: str = "own",
    staff: int = 0,
    place: str = "",
    message: Message | None = None,
) -> Answer:
    """Ask whether `actor` may contact the debtor of `case` now, at `point` (None: in no particular place), and write the
    answer down. Allowed, the contact is open until somebody tells what came of it. Without a `purpose` it is the usual one:
    to demand of the debtor, to ask a third person to relay, or for the heirs of one who has died. What a `message` says
    is looked at; of its text only the categories of wording that it runs against are kept.

    Whether the actor may work on the case at all is the caller's question (core/access). Raises StillOpen while the actor's
    last contact with the person is not told about, ValueError for a point of another debtor.
    """
    debtor_id = case.loan.debtor_id
    if point is not None and point.debtor_id != debtor_id:
        raise ValueError(f"contact point {point.pk} is not of debtor {debtor_id}")
    with transaction.atomic():
        hold_debtor(debtor_id)
        known = gather(debtor_id=debtor_id, now=now, actor=actor if actor_kind == "human" else None)
        if channel in TALKS and actor is not None and (own := known.open_by.get(actor.pk)) is not None:
            raise StillOpen(own)
        purpose = purpose or known.purpose(point)
        action = Action(
            channel=channel,  # type: ignore[arg-type]
            purpose=purpose,  # type: ignore[arg-type]
            party=known.party(point),
            point=str(point.pk) if point is not None else "",
            loans=(str(case.loan_id),),
            amount=known.demanded(case.loan_id) if purpose == "demand" else None,
            actor=str(actor.pk) if actor is not None else "",
            actor_kind=actor_kind,  # type: ignore[arg-type]
            org=org,
            staff=staff,
            place=place,
            message=message,
        )
        facts = without_text(replace(known.facts, action=action))
        verdict = decide(facts, rules_in_force(key=known.rulebook))
        decision = GateDecision.objects.create(
            debtor_id=debtor_id,
            case=case,
            actor=actor,
            channel=channel,
            purpose=purpose,
            decided_at=now,
            verdict=verdict.verdict,
            reasons=[reason.to_json() for reason in verdict.reasons],
            evidence=list(verdict.evidence_required),
            next_allowed_at=verdict.next_allowed_at,
            facts=to_json(facts),
        )
        attempt = None
        if verdict.allowed:
            attempt = ContactAttempt.objects.create(
                debtor_id=debtor_id,
                case=case,
                point=point,
                gate=decision,
                loans=[case.loan_id],
                channel=channel,
                purpose=purpose,
                actor=actor,
                actor_kind=actor_kind,
                org=org,
                opened_at=now,
            )
        audit.record(
            action="contact.allowed" if attempt else "contact.refused",
            actor=actor,
            obj=case,
            data={"decision": decision.pk, "channel": channel, "rules": [reason.rule for reason in verdict.reasons]},
            outcome="ok" if attempt else "refused",
        )
    return Answer(decision, verdict, attempt)


def hold_debtor(debtor_id: int) -> None:
    """Lock the person until the transaction ends: whatever adds to the log of a debtor takes this first. (Not as strictly as
    a deletion would: rows that name the debtor may go on being written.)"""
    Debtor.objects.select_for_update(no_key=True).only("pk").get(pk=debtor_id)


def hold_debtors(debtor_ids: Iterable[int]) -> None:
    """Lock many, always in the order of their ids: two who lock the same do not wait for each other in a ring."""
    locked = Debtor.objects.select_for_update(no_key=True).filter(pk__in=list(debtor_ids)).order_by("pk")
    list(locked.values_list("pk", flat=True))


def decide_again(decision: GateDecision, rules: tuple[Rule, ...] | None = None) -> Verdict:
    """The old question once more, from the facts as they were known then: by the rules of that moment, or by `rules`."""
    return decide(facts_kept(decision.facts), rules_in_force() if rules is None else rules)
