"""Contacts with debtors: what was asked of the gate, what happened and was learned, what should not have been; complaints,
and what follows from them."""

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
from compliance.models.data_request import (
    OPEN_REQUESTS,
    DataRequest,
    DataRequestKind,
    DataRequestOutcome,
    DataRequestState,
    Requester,
)
from compliance.models.decision import GateDecision
from compliance.models.detail import ContactDetail
from compliance.models.disclosure import AlertKind, AlertState, DisclosureAlert, DisclosureReview
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
from compliance.models.retention import (
    OPEN_RUNS,
    LegalHold,
    RetentionItem,
    RetentionKind,
    RetentionRun,
    RetentionState,
)
from compliance.models.rule_change import ChangeState, RuleChange
from compliance.models.staff_task import StaffTask, StaffTaskKind
from compliance.models.talking_point import PointState, TalkingPoint
from compliance.models.wish import ContactWish, WishChannel, WishKind

__all__ = [
    "DECIDED_OUTCOMES",
    "FOUND_TRUE",
    "OPEN_REQUESTS",
    "OPEN_RUNS",
    "OPEN_STATES",
    "About",
    "ActionCode",
    "AgencyFeed",
    "AlertKind",
    "AlertState",
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
    "DataRequest",
    "DataRequestKind",
    "DataRequestOutcome",
    "DataRequestState",
    "DisclosureAlert",
    "DisclosureReview",
    "GateDecision",
    "LegalHold",
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
    "Requester",
    "ResultCode",
    "RetentionItem",
    "RetentionKind",
    "RetentionRun",
    "RetentionState",
    "RuleChange",
    "Severity",
    "SimulatedDelivery",
    "StaffPaper",
    "StaffTask",
    "StaffTaskKind",
    "TalkingPoint",
    "TemplateState",
    "TrainingCertificate",
    "WishChannel",
    "WishKind",
]
