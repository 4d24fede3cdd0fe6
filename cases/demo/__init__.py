"""The demo portfolio: invented people whose debts move day by day, played through the real importer.

May import: the rest of `cases` and core. Imported by the command `make_demo` and by tests only.
`people` invents persons who cannot exist → `loans` gives them contracts of two source systems → `days` lets business
days pass (new debts, rolls, part payments, cures, re-entries, gaps) → `files` writes what each system would send that
morning, as untidy as they come → `play` hands the files to the importer and works as the staff would.

Everything follows from the seed and the last day: the same call gives the same files, whatever the size.
"""
