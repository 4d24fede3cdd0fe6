"""Tables of the lender's own collectors."""

from agents.models.desk_lock import CaseLock, CasePass
from agents.models.queue_weights import QueueWeights

__all__ = ["CaseLock", "CasePass", "QueueWeights"]
