"""The lender's own collectors: the workbench; later teams, people, assignment, targets.

May import: compliance, cases, collection_ops.core. Imported by reports.
Words: to *contact* a debtor is to ask the gate, to call, and to tell what came of it; what is not told yet is *waiting*.
"""
