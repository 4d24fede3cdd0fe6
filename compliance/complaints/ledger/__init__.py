"""The complaint ledger (投诉台账): complaints that another system or a clerk kept in a file, through the rooms of the
importer.

`catalogue` says what such a file may tell and what its rows must obey (pure), `words` what people write for sources, types
and conclusions, `synonyms.json` what stands above the columns, `form` how a row is kept. `facts` gathers what the book and
the register know of a row, `decide` says what becomes of it (pure), `match` writes that down for the preview, `write` brings
it into the register and takes it back. `kind` registers all of it with `cases.imports.kinds`.

What is closed in the file comes in closed, with its own round; what is open gets a clock that runs since it was received.
"""
