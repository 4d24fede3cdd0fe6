"""Models of the agencies' room."""

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
from vendors.models.contract import (
    CoefficientStep,
    Contract,
    ContractVersion,
    EventPrice,
    FeeBandRow,
    FeeTableRow,
    VersionState,
)
from vendors.models.placement import BatchState, Placement, PlacementBatch
from vendors.models.settlement import LineState, SettledRepayment, Settlement, SettlementLine, SettlementState

__all__ = [
    "Agency",
    "AgencyCheck",
    "AgencyDocument",
    "AgencyEvaluation",
    "AgencyPerson",
    "AgencyState",
    "BatchState",
    "BenchRun",
    "CheckKind",
    "CoefficientStep",
    "Contract",
    "ContractVersion",
    "DocumentKind",
    "EvaluationKind",
    "EvaluationResult",
    "EventPrice",
    "FeeBandRow",
    "FeeTableRow",
    "LineState",
    "Placement",
    "PlacementBatch",
    "SettledRepayment",
    "Settlement",
    "SettlementLine",
    "SettlementState",
    "VersionState",
]
