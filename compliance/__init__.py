"""Rules of contact, the gate, the contact log, certificates of who contacts; later complaints, quality, disclosure.

May import: cases, collection_ops.core. Imported by agents, vendors, reports.
Words: a *pack* is a set of rules as data (`packs/`); the *gate* answers whether a contact may take place and keeps the
answer (a *decision*); an *attempt* is one contact with a debtor, open until somebody tells what came of it; a
*breach* is a contact that happened against a rule; a *change* of a rule tightens it, or loosens it with a second person; a
*result code* says what came of a call and which next step follows; a *message* is judged when it leaves; a *wish* is what
a person said about when and how they may be contacted.
`rules/` is the engine, pure; `facts` gathers what it looks at, `gate` asks it with the debtor locked, `dispatch` sends
what was queued, `services/` write the log and count breaches, `rulebook` knows the rules of a moment.
"""
