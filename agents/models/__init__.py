"""Tables of the lender's own collectors."""

from agents.models.assignment import (
    AssignmentInputs,
    AssignmentMove,
    AssignmentRules,
    AssignmentRun,
    FairnessEntry,
    RunState,
)
from agents.models.cover import OPEN_COVERS, CaseFate, Cover, CoverCase, CoverScope, CoverState
from agents.models.desk_lock import CaseLock, CasePass
from agents.models.payday import Payday
from agents.models.people import (
    Collector,
    DateRange,
    Half,
    Leave,
    LeaveKind,
    LeaveState,
    Membership,
    Shift,
    Team,
)
from agents.models.queue_weights import QueueWeights

__all__ = [
    "OPEN_COVERS",
    "AssignmentInputs",
    "AssignmentMove",
    "AssignmentRules",
    "AssignmentRun",
    "CaseFate",
    "CaseLock",
    "CasePass",
    "Collector",
    "Cover",
    "CoverCase",
    "CoverScope",
    "CoverState",
    "DateRange",
    "FairnessEntry",
    "Half",
    "Leave",
    "LeaveKind",
    "LeaveState",
    "Membership",
    "Payday",
    "QueueWeights",
    "RunState",
    "Shift",
    "Team",
]
