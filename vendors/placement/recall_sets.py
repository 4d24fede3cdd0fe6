"""What recalls write, by sets: a list may hold tens of thousands of cases, and a model object for each costs ten times what
the database does. In the caller's transaction, who has locked the list."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import connection

from cases.imports.staging.copying import copy_rows
from collection_ops.core.models import User
from vendors.models import ItemState, RecallBatch, RecallItem

_WAITING = "('pending', 'keep_asked')"

# Whatever is over: of a case that closed, its day; of one that was moved away by hand, the day on which its present custody
# began. Placements are locked in the order of ids, as everybody does who ends some.
_END = """
WITH over AS (
    SELECT p.id FROM vendors_placement p
    JOIN cases_case c ON c.id = p.case_id
    JOIN vendors_agency a ON a.id = p.agency_id
    WHERE p.recalled_on IS NULL AND (c.closed_on IS NOT NULL OR c.desk_id IS DISTINCT FROM a.desk_id)
    ORDER BY p.id FOR UPDATE OF p
)
UPDATE vendors_placement p
SET recalled_on = greatest(
        coalesce(c.closed_on, (k.started_at AT TIME ZONE %(zone)s)::date, %(today)s), p.placed_on),
    recall_reason = CASE WHEN c.closed_on IS NULL THEN 'moved' ELSE 'closed' END
FROM over
JOIN vendors_placement o ON o.id = over.id
JOIN cases_case c ON c.id = o.case_id
LEFT JOIN cases_custody k ON k.case_id = c.id AND k.ended_at IS NULL
WHERE p.id = over.id
RETURNING p.id, p.recall_reason
"""
_LAPSE = f"""
WITH gone AS (
    UPDATE vendors_recallitem i SET state = CASE p.recall_reason WHEN 'closed' THEN 'closed' ELSE 'lapsed' END
    FROM vendors_placement p
    WHERE p.id = i.placement_id AND p.id = ANY(%(ended)s) AND i.state IN {_WAITING}
    RETURNING i.id, i.state
)
INSERT INTO vendors_recallstep (item_id, state, words, at) SELECT id, state, '', %(now)s FROM gone ORDER BY id
"""  # noqa: S608  constants of this file
_FIRST_STEPS = """
INSERT INTO vendors_recallstep (item_id, state, words, actor_id, at)
SELECT i.id, i.state, '', %(actor)s, %(now)s FROM vendors_recallitem i
WHERE i.recall_id = %(recall)s AND NOT EXISTS (SELECT FROM vendors_recallstep s WHERE s.item_id = i.id) ORDER BY i.id
"""
_PLACEMENTS_BACK = """
UPDATE vendors_placement p SET recalled_on = %(day)s, recall_reason = i.reason
FROM vendors_recallitem i WHERE i.recall_id = %(recall)s AND i.state = 'pending' AND p.id = i.placement_id
"""
_ITEMS_BACK = """
WITH back AS (
    UPDATE vendors_recallitem SET state = 'recalled' WHERE recall_id = %(recall)s AND state = 'pending' RETURNING id
)
INSERT INTO vendors_recallstep (item_id, state, words, actor_id, at)
SELECT id, 'recalled', '', %(actor)s, %(now)s FROM back ORDER BY id
"""


def end_what_is_over(*, today: date, now: datetime) -> dict[str, int]:
    """Placements whose case closed or left the agency's desk are ended, and what waited of them lapses. How many, by
    reason."""
    with connection.cursor() as cursor:
        cursor.execute(_END, {"zone": settings.TIME_ZONE, "today": today})
        ended = cursor.fetchall()
        if ended:
            cursor.execute(_LAPSE, {"ended": [pk for pk, _reason in ended], "now": now})
    return dict(Counter(reason for _pk, reason in ended))


def add_items(*, recall: RecallBatch, due: Sequence[tuple[int, str]], actor: User | None, now: datetime) -> None:
    """`due`: placements (ids) with the reason, none of which waits on the list."""
    copy_rows(
        table=RecallItem._meta.db_table,
        columns=("recall_id", "placement_id", "reason", "state"),
        rows=((recall.pk, placement, reason, ItemState.PENDING.value) for placement, reason in due),
    )
    with connection.cursor() as cursor:
        cursor.execute(_FIRST_STEPS, {"recall": recall.pk, "actor": actor.pk if actor else None, "now": now})


def take_back(*, recall: RecallBatch, actor: User, day: date, now: datetime) -> int:
    """What waits on the list has come back: the placements end, the items say so. Returns how many."""
    values: dict[str, Any] = {"recall": recall.pk, "actor": actor.pk, "day": day, "now": now}
    with connection.cursor() as cursor:
        cursor.execute(_PLACEMENTS_BACK, values)
        ended = cursor.rowcount
        cursor.execute(_ITEMS_BACK, values)
        if cursor.rowcount != ended:
            raise RuntimeError(f"{recall.number}: {ended} placements ended, {cursor.rowcount} items recalled")
    return int(ended)
