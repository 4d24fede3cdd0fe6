"""What an agency is paid for, as dated rows.

`terms.py` is a contract's version as plain rows, and what such rows must never be; `fees.py` turns money into fees by them,
to the cent and with the arithmetic of each line. Both are pure. Test bench and settlement ask here; there is no second way
from money to fee. `targets.py` holds a month against what was promised for it; fees know nothing of that.
"""
