"""The importer: from a clerk's file to rows in the book, one room a step.

Pure rooms (no model, no database, no settings; tested with plain objects):
``read`` opens a hostile or ugly file in a child process → ``layouts`` finds the headings and asks what
cannot be known → ``clean`` turns one cell into one value → ``check`` judges rows against each other.
``layouts``, ``clean`` and ``check`` are doors; each names the smaller modules behind it.
Database rooms: ``preview`` leads a file through them and stages its rows; ``match`` compares with the book, ``apply`` and
``undo`` write it, ``run`` is the door to all steps, ``intake`` the files that come by themselves.

Words: a *catalogue* (``fields``, ``overdue``) says what one kind of file may tell; *synonyms* are what people
write above such columns; a *problem* is one finding about one cell, row or file, with a code and a place.
A new kind of file is a new catalogue with its rules. Nothing here names a source, and nothing guesses silently.
"""
