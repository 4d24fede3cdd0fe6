"""Tables of the kernel. Business tables live in the apps above."""

from collection_ops.core.models.api_token import ApiToken, ApiTokenUse, IdempotencyKey
from collection_ops.core.models.audit import AuditEvent, AuditSeal, AuditSealEntry
from collection_ops.core.models.calendar import WorkDay
from collection_ops.core.models.dated_setting import DatedSetting
from collection_ops.core.models.form_token import FormToken
from collection_ops.core.models.job import Job, JobState
from collection_ops.core.models.notification import Notification
from collection_ops.core.models.recovery_code import RecoveryCode
from collection_ops.core.models.saved_view import SavedView
from collection_ops.core.models.user import RoleGrant, User
from collection_ops.core.models.worker_beat import WorkerBeat

__all__ = [
    "ApiToken",
    "ApiTokenUse",
    "AuditEvent",
    "AuditSeal",
    "AuditSealEntry",
    "DatedSetting",
    "FormToken",
    "IdempotencyKey",
    "Job",
    "JobState",
    "Notification",
    "RecoveryCode",
    "RoleGrant",
    "SavedView",
    "User",
    "WorkDay",
    "WorkerBeat",
]
