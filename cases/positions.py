"""Which positions of a day count, when several files speak for it.

A correction is a file of its own beside the one that it corrects; both stay, and a reader takes the one we had learned
last at the reader's moment. That goes for whole files: a debt that only the corrected file listed was not overdue on
that day. Where rows of the correction were taken back, the older file speaks for them again.
"""

NEWEST_FIRST = ("source_id", "-as_of", "-applied_at", "-pk")
"""Order of applied runs: of every source the newest business date first, of one date the file we learned last."""

SUPERSEDED = """
    SELECT old.id FROM cases_importrun old
    JOIN cases_importrun later ON later.source_id = old.source_id AND later.kind = old.kind AND later.as_of = old.as_of
                              AND (later.applied_at, later.id) > (old.applied_at, old.id)
    WHERE old.as_of = %(day)s AND old.state = 'applied' AND later.state = 'applied' AND later.undone_rows = 0
      AND (%(known_by)s::timestamptz IS NULL OR later.applied_at <= %(known_by)s)
"""
"""Runs of `day` whose files were corrected by a later one that was known by `known_by` (NULL: that is known now)."""
