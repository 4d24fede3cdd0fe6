"""The queue of a desk: which case is next, and why.

    gather   what is known of every case of the desk, and its points: one set-based query
    score    what the points of a case are made of, in words; the best hour on top for the first few
    serve    the first one that the gate allows now, locked for the person who asked

A *source* says which cases have something to be done by a moment (a promise, a callback): sources.py. *Weights* are the
points, in one table that a supervisor edits: weights.py.
"""
