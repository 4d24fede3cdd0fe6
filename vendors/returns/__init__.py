"""Files back from agencies (回传): contacts, promises, payments claimed, complaints, recordings; and what is claimed against
what has come (回款核对).

`catalogues` and `headings/` say what each kind of file may tell, `words` what people write in it, `reading` brings a file
through the importer's rooms. `gather` asks what is known of its rows, `decide` says what becomes of each (pure), `files`
leads the document from upload to preview to the book, `writing` and `claims` write through the services of other rooms.
"""
