"""Gather: what the database says of a period as it was known at a moment. Fixed numbers of queries, plain values back."""
