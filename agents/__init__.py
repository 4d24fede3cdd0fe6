"""The lender's own collectors: the workbench, teams and people; assignment, moves, cover, targets, reviews.

May import: compliance, cases, collection_ops.core. Imported by reports.
Words: to *contact* a debtor is to ask the gate, to call, and to tell what came of it; what is not told yet is *waiting*;
the *desk* here is the screen where a collector works; the *queue* is the order of a desk's cases, with the points that
made it; a case is *locked* while somebody has it open, and *put aside* when they go on without a call; a *next step* is
what a result leads to. A *file* says what a collector can do and how much; *staff* is everybody who may contact debtors,
with their certificates and papers; the *level* is how hard their cases may be; a *team*'s code is the unit of its people.
A case is *dealt out* by a run of `assignment/`, *moved* by a person, *lent* by a *cover* and handed back; *in hand* is what
is open and in the latest file; money is *credited* (`credit.py`) and *expected* (`expected.py`) in one place each.
Engines: `assignment/` gather → plan → apply; `workbench/queue/` gather → score → serve. `workbench/telephony/` is the way
out to a telephone line.
"""
