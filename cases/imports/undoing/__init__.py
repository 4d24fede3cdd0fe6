"""Take a run back, exactly: ``undo`` is the door, ``undo_units`` gathers what it wrote, ``undo_blockers`` what stands on it,
``undo_facts`` deletes and restores.
"""
