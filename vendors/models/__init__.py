"""Models of the agencies' room."""

from vendors.models.accrual import Accrual, AccrualBasis
from vendors.models.agency import (
    Agency,
    AgencyCheck,
    AgencyDocument,
    AgencyEvaluation,
    AgencyPerson,
    AgencyState,
    CheckKind,
    DocumentKind,
    EvaluationKind,
    EvaluationResult,
)
from vendors.models.bench import BenchRun
from vendors.models.bill import AgencyBill, AnswerResolution, BillAnswer, BillLine, BillMatch, BillSide, MatchKind
from vendors.models.contract import (
    CoefficientStep,
    Contract,
    ContractVersion,
    EventPrice,
    FeeBandRow,
    FeeTableRow,
    VersionState,
)
from vendors.models.dispute import DisputeResolution, LineDispute
from vendors.models.placement import BatchState, Placement, PlacementBatch
from vendors.models.placement_files import FieldProfile, FileDownload, PlacementFile, PlacementPlan, PlacementReceipt
from vendors.models.recall import WAITING, ItemState, RecallBatch, RecallItem, RecallState, RecallStep
from vendors.models.settlement import LineState, SettledRepayment, Settlement, SettlementLine, SettlementState

__all__ = [
    "WAITING",
    "Accrual",
    "AccrualBasis",
    "Agency",
    "AgencyBill",
    "AgencyCheck",
    "AgencyDocument",
    "AgencyEvaluation",
    "AgencyPerson",
    "AgencyState",
    "AnswerResolution",
    "BatchState",
    "BenchRun",
    "BillAnswer",
    "BillLine",
    "BillMatch",
    "BillSide",
    "CheckKind",
    "CoefficientStep",
    "Contract",
    "ContractVersion",
    "DisputeResolution",
    "DocumentKind",
    "EvaluationKind",
    "EvaluationResult",
    "EventPrice",
    "FeeBandRow",
    "FeeTableRow",
    "FieldProfile",
    "FileDownload",
    "ItemState",
    "LineDispute",
    "LineState",
    "MatchKind",
    "Placement",
    "PlacementBatch",
    "PlacementFile",
    "PlacementPlan",
    "PlacementReceipt",
    "RecallBatch",
    "RecallItem",
    "RecallState",
    "RecallStep",
    "SettledRepayment",
    "Settlement",
    "SettlementLine",
    "SettlementState",
    "VersionState",
]
