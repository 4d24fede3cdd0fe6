"""Rules of contact, the gate, the contact log; complaints, quality, breaches, incidents, disclosure, keeping of records.

May import: cases, collection_ops.core. Imported by agents, vendors, reports.
Words: a *pack* is a set of rules as data (`packs/`); the *gate* answers whether a contact may take place and keeps the
answer (a *decision*); an *attempt* is one contact with a debtor, open until somebody tells what came of it; a
*breach* is a contact that happened against a rule; a *change* of a rule tightens it, or loosens it with a second person; a
*result code* says what came of a call and which next step follows; a *message* is judged when it leaves; a *wish* is what
a person said about when and how they may be contacted. A *complaint* has *rounds*, each with a clock, and *subjects*: whom
or what it is about; it is *joined* to another that says the same. A *referral* asks another *department*. A *batch* draws
talks for *checks*; a *critical* error decides a check. A *hit* is forbidden *wording* found in a text. A *breach case* is
a line of the register of breaches, from whatever source. A *removal* takes out records past their time.
`rules/` is the engine, pure; `facts` gathers what it looks at, `gate` asks it with the debtor locked, `dispatch` sends
what was queued, `services/` write the log and count breaches, `rulebook` knows the rules of a moment.
Rooms: `complaints/` from intake to the letter, the rates, `ledger/` for files of them; `routing/` referrals, `suggestions/`;
`quality/` plan → draw → check → second look, appeal; `wordcheck/` texts → hits → judgement; `breaching/` the register,
`incidents/` reports with a clock; `disclosure/` who looked at what; `keeping/` removals and people's requests about their
data; `desk/` what all of these put before the compliance officer.
"""
