"""The shared kernel: what every room of the system needs and no business noun.

Owns: users, roles and capabilities (`access.py`, the one place that asks), the audit trail and its seals, jobs,
one-use form tokens, notifications, the business calendar, encryption, masking, money, the clock, table writing.
May import: nothing of this project.
Words: *capability* is what a role may do; *scope* is on which rows (own, team, placed, paid, batch, all);
a *job* is work that outlives a request; a *seal* closes a batch of audit rows with a hash.
"""
