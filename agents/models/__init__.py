"""Tables of the lender's own collectors."""

from agents.models.desk_lock import CaseLock, CasePass
from agents.models.payday import Payday
from agents.models.queue_weights import QueueWeights

__all__ = ["CaseLock", "CasePass", "Payday", "QueueWeights"]
