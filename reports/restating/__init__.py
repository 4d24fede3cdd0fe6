"""A published figure is another one now: what was printed stays, and beside it stands what a late fact made of it.

`late.py` gathers what was learned about a period after a moment; `comparing.py` decides which figures of two papers differ
(pure); `noticing.py` builds a kept report again with what is known now and writes down the difference.
"""
