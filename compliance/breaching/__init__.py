"""The register of breaches: how grave, whose, what was done, and who closed it.

`register` is the door, `handling` leads a matter to its end. What other rooms find comes in where they find it: the log's
by `from_log`, a complaint's by `from_complaints`, a quality check's and forbidden wording by `from_findings`. This room
knows none of them: they import it.
"""
