"""The importer: from a clerk's file to rows in the book, one room a step.

Pure rooms (no model, no database, no settings; tested with plain objects):
``reading`` opens a hostile or ugly file in a child process → ``layout`` finds the headings and asks what cannot be known →
``cleaning`` turns one cell into one value → ``judging`` judges rows, and against each other. A large file is never held as
objects: rows stay packed, forks of the process judge them in stretches.
Database rooms: ``staging`` encrypts the rows and copies them into the database as they come, ``matching`` compares them with
the book, ``booking`` writes it, ``undoing`` takes it back. ``words`` (fields, problems) are below all of them. Each room's
note names its door; rooms import downwards only (pyproject.toml).
The way of a file, in this folder: ``run`` is the door to all steps, ``preview`` leads a file through the rooms, ``kinds``
says what each kind of file means to the steps (the book of a day, repayments, and those that apps above register),
``intake`` brings the files that come by themselves. Before a file may go in: ``standing`` asks where its day stands to the
days of the book, ``copies`` knows the same file or rows again, ``guards`` judges the limits of its source, ``approval`` has
a second person decide outside of them.

Words: a *catalogue* (``words.fields``, ``judging.overdue``) says what one kind of file may tell; *synonyms* are what people
write above such columns; a *problem* is one finding about one cell, row or file, with a code and a place.
A new kind of file is one more entry of ``kinds`` (``register_kind`` for an app above): a catalogue with its rules, and its
own match and apply. Nothing here names a source, and nothing guesses silently.
"""
