"""Writes of the lender's own collectors: one file a subject."""
