"""Contacts with debtors: what was asked of the gate, what happened, and what should not have."""

from compliance.models.attempt import AttemptState, ContactAttempt
from compliance.models.breach import Breach, BreachState
from compliance.models.decision import GateDecision
from compliance.models.message import (
    Audience,
    MessageChannel,
    MessagePurpose,
    MessageState,
    MessageTemplate,
    QueuedMessage,
    SimulatedDelivery,
    TemplateState,
)
from compliance.models.rule_change import ChangeState, RuleChange

__all__ = [
    "AttemptState",
    "Audience",
    "Breach",
    "BreachState",
    "ChangeState",
    "ContactAttempt",
    "GateDecision",
    "MessageChannel",
    "MessagePurpose",
    "MessageState",
    "MessageTemplate",
    "QueuedMessage",
    "RuleChange",
    "SimulatedDelivery",
    "TemplateState",
]
