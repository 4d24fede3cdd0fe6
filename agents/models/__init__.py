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
from agents.models.moves import (
    AssistRequest,
    AssistState,
    ChoiceState,
    IdleCase,
    IdleState,
    MoveChoice,
    MoveLimits,
)
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
from agents.models.targets import Level, SetKind, Target, TargetSet

__all__ = [
    "OPEN_COVERS",
    "AssignmentInputs",
    "AssignmentMove",
    "AssignmentRules",
    "AssignmentRun",
    "AssistRequest",
    "AssistState",
    "CaseFate",
    "CaseLock",
    "CasePass",
    "ChoiceState",
    "Collector",
    "Cover",
    "CoverCase",
    "CoverScope",
    "CoverState",
    "DateRange",
    "FairnessEntry",
    "Half",
    "IdleCase",
    "IdleState",
    "Leave",
    "LeaveKind",
    "LeaveState",
    "Level",
    "Membership",
    "MoveChoice",
    "MoveLimits",
    "Payday",
    "QueueWeights",
    "RunState",
    "SetKind",
    "Shift",
    "Target",
    "TargetSet",
    "Team",
]
