"""Who an agency is, and whether it may be given cases on a day.

`standing.py` decides it from what its register says (pure): each obstacle with its rule. `register.py` writes; nothing that
was shown or judged is edited, the newest counts.
"""
