"""The register of breaches: how grave, whose, what was done, and who closed it.

`register` is the door, `handling` leads a matter to its end. What other rooms find comes in where they find it: the log's
by `from_log`, a complaint's by `from_complaints`, a quality check's and forbidden wording by `from_findings`. They import
this room, which knows none of them, but for the disclosure watch: `from_disclosure` follows what it confirms.
"""
