"""Patterns of overdue customers: which attributes, and which two of them together, go with more or less cure and roll.

gather (one row a loan of a cohort, `gather`) → decide (`stats` pure arithmetic, `decide` the findings, `tree` a shallow
decision tree) → told in the weekly report (`reports/regular/parts/patterns.py`).

What it is for: where to look. A finding is an association in one cohort, tested with the others (false discovery rate) and
against the month before; it does not say that the attribute is the reason, and nobody is treated worse because of it.
Protected attributes (`protected.json`, each with its reason) are described at most, never combined, never in the tree.
"""
