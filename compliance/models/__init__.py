"""Contacts with debtors: what was asked of the gate, what happened and was learned, and what should not have been."""

from compliance.models.attempt import AttemptState, ContactAttempt
from compliance.models.breach import Breach, BreachState
from compliance.models.certificate import PaperKind, StaffPaper, TrainingCertificate
from compliance.models.codes import ActionCode, NextStep, Reached, ResultCode
from compliance.models.decision import GateDecision
from compliance.models.detail import ContactDetail
from compliance.models.feed import AgencyFeed, ReportedContact
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
from compliance.models.talking_point import PointState, TalkingPoint
from compliance.models.wish import ContactWish, WishChannel, WishKind

__all__ = [
    "ActionCode",
    "AgencyFeed",
    "AttemptState",
    "Audience",
    "Breach",
    "BreachState",
    "ChangeState",
    "ContactAttempt",
    "ContactDetail",
    "ContactWish",
    "GateDecision",
    "MessageChannel",
    "MessagePurpose",
    "MessageState",
    "MessageTemplate",
    "NextStep",
    "PaperKind",
    "PointState",
    "QueuedMessage",
    "Reached",
    "ReportedContact",
    "ResultCode",
    "RuleChange",
    "SimulatedDelivery",
    "StaffPaper",
    "TalkingPoint",
    "TemplateState",
    "TrainingCertificate",
    "WishChannel",
    "WishKind",
]
