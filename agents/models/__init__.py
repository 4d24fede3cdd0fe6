"""Tables of the lender's own collectors."""

from agents.models.assignment import (
    AssignmentInputs,
    AssignmentMove,
    AssignmentRules,
    AssignmentRun,
    FairnessEntry,
    RunState,
)
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
from agents.models.reviews import Appraisal, AppraisalState, AppraisalWeights, ReviewAction, WeekReview, WeekState
from agents.models.rewards import AppealState, ProposalState, RewardKind, RewardProposal, RewardRules
from agents.models.targets import Level, SetKind, Target, TargetSet

__all__ = [
    "AppealState",
    "Appraisal",
    "AppraisalState",
    "AppraisalWeights",
    "AssignmentInputs",
    "AssignmentMove",
    "AssignmentRules",
    "AssignmentRun",
    "CaseLock",
    "CasePass",
    "Collector",
    "DateRange",
    "FairnessEntry",
    "Half",
    "Leave",
    "LeaveKind",
    "LeaveState",
    "Level",
    "Membership",
    "Payday",
    "ProposalState",
    "QueueWeights",
    "ReviewAction",
    "RewardKind",
    "RewardProposal",
    "RewardRules",
    "RunState",
    "SetKind",
    "Shift",
    "Target",
    "TargetSet",
    "Team",
    "WeekReview",
    "WeekState",
]
