"""How long records are kept, what may go, and what people ask about their own data (CN-R-01, PI-03, PI-05).

records: age (the rule's years) → overdue (what is past them, and what is spared) → runs (draft, proposed, approved,
removed in batches); `legal` holds go before all
requests: requests (received, checked, decided, done) → assessing (what may go, and why not) → copies (the file)
"""
