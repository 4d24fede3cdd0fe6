"""What the engines of compliance cost, against floors measured in the same run."""

"""`benchmark complaints`: a register of 100,000 complaints, what its desk costs, and how long a ledger takes into it.

`complaints` puts it together, `complaints_step` is what each measured process does, `contestants` is what the ledger is
compared with.
"""
