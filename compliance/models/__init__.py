"""Contacts with debtors: what was asked of the gate, what happened and was learned, what should not have been; complaints,
and what follows from them."""

from compliance.models.answer import Content, FollowUp, ReplyLetter, SentBy
from compliance.models.attempt import AttemptState, ContactAttempt
from compliance.models.breach import Breach, BreachState
from compliance.models.certificate import PaperKind, StaffPaper, TrainingCertificate
from compliance.models.codes import ActionCode, NextStep, Reached, ResultCode
from compliance.models.complaint import (
    DECIDED_OUTCOMES,
    FOUND_TRUE,
    OPEN_STATES,
    About,
    Complaint,
    ComplaintCategory,
    ComplaintOutcome,
    ComplaintRound,
    ComplaintSource,
    ComplaintState,
    ComplaintStep,
    ComplaintSubject,
    ComplaintType,
    Complexity,
    Severity,
)
from compliance.models.decision import GateDecision
from compliance.models.detail import ContactDetail
from compliance.models.feed import AgencyFeed, ReportedContact
from compliance.models.freeze import Freeze, FreezeKind, FreezeLine
from compliance.models.message import (
    MOST_BODY,
    MOST_LETTER,
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
from compliance.models.staff_task import StaffTask, StaffTaskKind
from compliance.models.talking_point import PointState, TalkingPoint
from compliance.models.wish import ContactWish, WishChannel, WishKind
from compliance.models.wording_hit import HarmlessWording, HitState, TextKind, Transcript, WordingHit, WordingScan

__all__ = [
    "DECIDED_OUTCOMES",
    "FOUND_TRUE",
    "MOST_BODY",
    "MOST_LETTER",
    "OPEN_STATES",
    "About",
    "ActionCode",
    "AgencyFeed",
    "AttemptState",
    "Audience",
    "Breach",
    "BreachState",
    "ChangeState",
    "Complaint",
    "ComplaintCategory",
    "ComplaintOutcome",
    "ComplaintRound",
    "ComplaintSource",
    "ComplaintState",
    "ComplaintStep",
    "ComplaintSubject",
    "ComplaintType",
    "Complexity",
    "ContactAttempt",
    "ContactDetail",
    "ContactWish",
    "Content",
    "FollowUp",
    "Freeze",
    "FreezeKind",
    "FreezeLine",
    "GateDecision",
    "HarmlessWording",
    "HitState",
    "MessageChannel",
    "MessagePurpose",
    "MessageState",
    "MessageTemplate",
    "NextStep",
    "PaperKind",
    "PointState",
    "QueuedMessage",
    "Reached",
    "ReplyLetter",
    "ReportedContact",
    "ResultCode",
    "RuleChange",
    "SentBy",
    "Severity",
    "SimulatedDelivery",
    "StaffPaper",
    "StaffTask",
    "StaffTaskKind",
    "TalkingPoint",
    "TemplateState",
    "TextKind",
    "TrainingCertificate",
    "Transcript",
    "WishChannel",
    "WishKind",
    "WordingHit",
    "WordingScan",
]
