"""What an agency is owed for a month, line by line: gather → decide → freeze.

`decide.py` turns money, placements and events into lines, each with its arithmetic (pure). A frozen statement is never
changed; what was wrong is a line of a later month.
"""
