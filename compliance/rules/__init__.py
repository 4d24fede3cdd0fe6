"""The rules of contact, pure: facts in, verdict out. No database, no clock, no Django.

`facts` is what is known, `verdict` what comes out, `packs` reads rules from data, `engine` asks them all. A pack's rule
names a *kind* (`kinds`): a check that takes the facts and the rule's parameters. The checks are by subject: `windows`
(hours), `counters` (how often), `persons` (whom), `stops` (not now, or never), `conduct` (how), `texts` (in writing, by
`wording`), `money`, `keeping` (records, machines, staff). `tighter` says which way a parameter is tighter.
"""
