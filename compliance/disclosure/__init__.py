"""Disclosure watch: who opened or exported what, and what looks unusual.

    facts (what was looked at, from the audit trail) → rules (pure: what is unusual) → watch (alerts, kept once) → weekly
    (read and signed by somebody)

Quiet: the person looked at is not told, and nobody sees or reads their own lines. Rules: PI-04, PI-07, PI-11.
"""
