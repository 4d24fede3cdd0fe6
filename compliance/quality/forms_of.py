"""Versions of the score form: the one in force, and a new one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from collection_ops.core.models import User
from collection_ops.core.services import audit
from compliance.models import ScoreForm
from compliance.quality.form import read_form
from compliance.quality.refusals import QualityRefused


def form_in_force() -> ScoreForm:
    """Raises QualityRefused where there is none (the reference data was not written)."""
    found = ScoreForm.objects.order_by("-version").first()
    if found is None:
        raise QualityRefused(_("还没有评分表"))
    return found


def save_form(*, body: Mapping[str, Any], reason: str, based_on: int, actor: User, now: datetime) -> ScoreForm:
    """A new version, for checks that begin from now on; those that have begun keep theirs. Raises QualityRefused: as
    `read_form`, no reason, nothing changed, or somebody else was quicker (`based_on`: the version that was edited)."""
    form = read_form(body)
    if not reason.strip():
        raise QualityRefused(_("请写明修改的原因"), "reason")
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('score form'))")
        before = form_in_force()
        if before.version != based_on:
            raise QualityRefused(_("评分表已被他人修改，请按最新的版本重新填写"))
        if read_form(before.body) == form:
            raise QualityRefused(_("没有改动"))
        row = ScoreForm.objects.create(
            version=before.version + 1, body=dict(body), reason=reason.strip()[:200], saved_by=actor, saved_at=now
        )
        audit.record(action="quality.form_saved", actor=actor, obj=row, data={"version": row.version}, reason=reason)
    return row
