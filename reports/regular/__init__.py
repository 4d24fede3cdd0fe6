"""Regular reports (定期报表): papers that are made once for a period, kept for ever, and read again as they were.

gather → build → keep: a builder (`daily`, `weekly`, `monthly`) asks for the figures of a period as they were known at a
moment and returns a `Paper`, a plain document without a language; `making` keeps it with its hash in a row that nobody can
change; page, workbook and mail (`words` says it in the reader's language) read the stored document and compute nothing.
Words: a *kind* is a builder with its rhythm (`kinds`); a *period* has a first and a last day, both in it; *known by* is the
moment up to which facts count; a *run* is one kept paper. The same kind, period and known-by give the same paper; a later
known-by makes another run beside the old one.
`parts/` builds sections, `facts/` asks the database, `schedule` says what is due, `jobs` makes it in the background.
"""
