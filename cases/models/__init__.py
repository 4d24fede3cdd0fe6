"""The book's tables. Facts (Position, Repayment, Custody, Absence) are the base; columns on Case repeat the latest."""

from cases.models.absence import Absence, AbsenceReason
from cases.models.attachment import Attachment, FileKind
from cases.models.case import Case, CloseReason
from cases.models.debtor import ContactPoint, Debtor
from cases.models.desk import Custody, Desk, DeskGrace, DeskKind
from cases.models.helper import CaseHelper
from cases.models.hold import Hold, HoldRenewal, HoldType
from cases.models.imports import (
    HeadingSynonym,
    ImportChange,
    ImportProblem,
    ImportRow,
    ImportRun,
    Layout,
    RunKind,
    RunState,
    Standing,
)
from cases.models.loan import Loan
from cases.models.past import PastEnding, PastLoan, PastPosition, PastRepayment
from cases.models.plan import PlanAuthority, PlanInstalment, PlanKind, PlanState, ProofKind, RepaymentPlan
from cases.models.position import Position
from cases.models.promise import Promise, PromiseChannel, PromiseMoney, PromiseState
from cases.models.repayment import Repayment
from cases.models.risk import Disposition, DispositionKind, DispositionStep, FlagState, RiskFlag, RiskType
from cases.models.source import Source
from cases.models.split import RepaymentSplit
from cases.models.waiver import Waiver, WaiverState

__all__ = [
    "Absence",
    "AbsenceReason",
    "Attachment",
    "Case",
    "CaseHelper",
    "CloseReason",
    "ContactPoint",
    "Custody",
    "Debtor",
    "Desk",
    "DeskGrace",
    "DeskKind",
    "Disposition",
    "DispositionKind",
    "DispositionStep",
    "FileKind",
    "FlagState",
    "HeadingSynonym",
    "Hold",
    "HoldRenewal",
    "HoldType",
    "ImportChange",
    "ImportProblem",
    "ImportRow",
    "ImportRun",
    "Layout",
    "Loan",
    "PastEnding",
    "PastLoan",
    "PastPosition",
    "PastRepayment",
    "PlanAuthority",
    "PlanInstalment",
    "PlanKind",
    "PlanState",
    "Position",
    "Promise",
    "PromiseChannel",
    "PromiseMoney",
    "PromiseState",
    "ProofKind",
    "Repayment",
    "RepaymentPlan",
    "RepaymentSplit",
    "RiskFlag",
    "RiskType",
    "RunKind",
    "RunState",
    "Source",
    "Standing",
    "Waiver",
    "WaiverState",
]
