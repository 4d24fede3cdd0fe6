"""Codes and words for calls that every installation begins with. What people edited stays as they left it."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import models

from collection_ops.core import clock
from collection_ops.core.seeding import seeder
from compliance.models import ActionCode, MessageTemplate, PointState, ResultCode, TalkingPoint, TemplateState

SHIPPED = Path(__file__).with_name("shipped")


def shipped(name: str) -> list[dict[str, Any]]:
    """The rows of one file of `shipped/`."""
    rows: list[dict[str, Any]] = json.loads((SHIPPED / f"{name}.json").read_text(encoding="utf-8"))
    return rows


def _added(model: type[models.Model], by: str, rows: list[dict[str, Any]]) -> int:
    known = set(model._default_manager.values_list(by, flat=True))
    missing = [model(**row) for row in rows if row[by] not in known]
    return len(model._default_manager.bulk_create(missing))


@seeder("compliance.codes")
def seed_codes() -> str:
    actions = _added(ActionCode, "code", shipped("action_codes"))
    taken = set(ResultCode.objects.filter(is_active=True, key__isnull=False).values_list("channel", "key"))
    rows = shipped("result_codes")
    free = [{**row, "key": None if ("call", row.get("key")) in taken else row.get("key")} for row in rows]
    results = _added(ResultCode, "code", free)
    return f"{actions} action codes and {results} result codes added"


@seeder("compliance.talking_points")
def seed_talking_points() -> str:
    """They come approved: whoever ships the product answers for their words."""
    now: datetime = clock.now()
    rows = [{**row, "state": PointState.APPROVED, "written_at": now} for row in shipped("talking_points")]
    return f"{_added(TalkingPoint, 'key', rows)} talking points added"


@seeder("compliance.reply_letters")
def seed_reply_letters() -> str:
    """One text for each outcome of a complaint, approved as the talking points are."""
    now: datetime = clock.now()
    rows = [{**row, "state": TemplateState.APPROVED, "written_at": now} for row in shipped("reply_letters")]
    return f"{_added(MessageTemplate, 'code', rows)} reply letters added"
