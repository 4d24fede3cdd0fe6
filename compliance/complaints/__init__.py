"""Complaints: received, given to somebody without an interest in it, decided, answered, closed in time.

    receive → assign → (note, extend) → decide → close → (reopen)
    join: one matter is one complaint, however often it was said

`clock` knows the days, `conflicts` who may not handle one, `pausing` what opening and closing do to the holds of the debtor,
`register` takes complaints in, `handling` leads them to their end. Rules: CN-C-01 to CN-C-03, CN-S-07.
"""
