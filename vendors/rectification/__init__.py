"""What an agency has to put right (整改): raised by rule or by hand, answered, found sufficient or sent back.

`rules.py` decides what is raised (pure); `gather.py` reads what happened; `raising.py`, `handling.py`, `chasing.py` write.
Where it is not done the agency is given no further cases (agencies/standing.py says so), and in the end `terminating.py`
proposes that the cooperation ends: two others approve, and the exit of agencies/leaving.py begins.
"""
