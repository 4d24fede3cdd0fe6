"""Promises in the queue: due today (or still open although the day is over), and broken not long ago."""

from agents.workbench.queue.sources import queue_source


@queue_source("promises")
def promises() -> str:
    """What is still to be paid of an open promise from its day on; the whole of it for `broken_within` days after it was
    found broken, or what was left of a part. The promises of a case are few."""
    return """
    SELECT p.case_id,
           CASE WHEN p.state = 'open' THEN 'promise_due' ELSE 'promise_broken' END,
           p.due_on::timestamp AT TIME ZONE %(zone)s,
           p.amount - p.paid
    FROM mine m
    CROSS JOIN LATERAL (SELECT * FROM cases_promise WHERE case_id = m.id OFFSET 0) p
    WHERE (p.state = 'open' AND p.due_on <= %(today)s)
       OR (p.state IN ('broken', 'part_kept') AND p.settled_on >= (%(broken_since)s AT TIME ZONE %(zone)s)::date)"""
