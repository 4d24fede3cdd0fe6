"""Rules of contact, the gate, the contact log; later complaints, quality, disclosure.

May import: cases, collection_ops.core. Imported by agents, vendors, reports.
Words: a *pack* is a set of rules as data (`packs/`); the *gate* answers whether a contact may take place and keeps the
answer (a *decision*); an *attempt* is one contact with a debtor, open until somebody tells what came of it; a
*breach* is a contact that happened against a rule.
`rules/` is the engine, pure; `facts` gathers what it looks at, `gate` asks it with the debtor locked, `services/` write the
log and count breaches.
"""
