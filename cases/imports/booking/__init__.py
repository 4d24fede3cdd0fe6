"""Write a matched run into the book, set-based, in the caller's transaction: ``apply*``; ``book_hash`` is its digest."""
