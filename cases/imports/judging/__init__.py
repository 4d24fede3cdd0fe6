"""Judge rows one by one, against each other, and the file as a whole: ``check`` is the door.

``overdue`` and ``repayments`` are the catalogues with their rules; ``forks`` share the work among processors.
"""
