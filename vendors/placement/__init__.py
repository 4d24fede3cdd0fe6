"""Giving cases to agencies, and taking them back: batches as documents, split by a stored seed."""
