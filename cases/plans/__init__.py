"""Repayment plans (还款方案): what an agreed plan looks like, and how it stands.

    schedule   terms → instalments that add up to the cent (pure)
    standing   instalments and money → paid, next due, completed, broken (pure)
    limits     the dated settings, and who decides on which amount
    follow     gather → `standing` → write: nightly, and whenever money of a case changed
    telling    who hears of it

People's decisions (propose, decide, withdraw, end) are in `services/plans.py`, the only other door.
"""
