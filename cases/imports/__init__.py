"""The importer: from a clerk's file to rows in the book, one room a step.

Pure rooms (no model, no database, no settings; tested with plain objects):
``read`` opens a hostile or ugly file in a child process → ``layouts`` finds the headings and asks what
cannot be known → ``clean`` turns one cell into one value → ``check`` judges rows, and against each other.
``layouts``, ``clean`` and ``check`` are doors; each names the smaller modules behind it.
A large file is never held as objects: ``frames`` keeps its rows packed, ``forks`` of the process judge them in stretches,
``staging`` encrypts them there and copies them into the database as they come.
Database rooms: ``preview`` leads a file through them; ``kinds`` says what each kind of file means to the steps (the book of
a day, repayments); ``match*`` compare with the book, ``apply*`` and ``undo`` (door of ``undo_units``, ``undo_blockers``,
``undo_facts``) write it, ``run`` is the door to all steps, ``intake`` the files that come by themselves.
Before a file may go in: ``standing`` asks where its day stands to the days of the book, ``copies`` knows the same file or
rows again, ``guards`` judges the limits of its source, ``approval`` has a second person decide outside of them.

Words: a *catalogue* (``fields``, ``overdue``) says what one kind of file may tell; *synonyms* are what people
write above such columns; a *problem* is one finding about one cell, row or file, with a code and a place.
A new kind of file is one more entry of ``kinds``: a catalogue with its rules, and its own match and apply. Nothing here
names a source, and nothing guesses silently.
"""
