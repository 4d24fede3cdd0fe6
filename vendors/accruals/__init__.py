"""What a month will cost before its statement is approved (计提), what became of it, and the month's voucher (凭证汇总).

An accrual is a dry run of the settlement; approving the statement takes it back whole. `explain.py` (pure) says how the two
differ, `entries.py` (pure) how finance books them. A month's voucher: `vouchers.py` gathers, `draft.py` (pure) decides
what it takes, `posting.py` posts it (过账) and the database keeps it; what is told later is booked in the next one (补记).
"""
