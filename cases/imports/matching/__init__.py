"""Compare the rows of a run with the book: ``match*`` write what they find to the rows, and count. No book is changed."""
