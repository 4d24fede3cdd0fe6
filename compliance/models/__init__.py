"""Contacts with debtors: what was asked of the gate, what happened, and what should not have."""

from compliance.models.attempt import AttemptState, ContactAttempt
from compliance.models.breach import Breach, BreachState
from compliance.models.decision import GateDecision
from compliance.models.feed import AgencyFeed, ReportedContact

__all__ = [
    "AgencyFeed",
    "AttemptState",
    "Breach",
    "BreachState",
    "ContactAttempt",
    "GateDecision",
    "ReportedContact",
]
