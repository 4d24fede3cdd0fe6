"""`benchmark workbench`: a book of 200,000 cases, the desks of 100 collectors, and what the pages of a call cost them.

book.py makes the book, server.py starts the site on it, clients.py are the collectors, checks.py counts afterwards whether
two had one case and whether a limit was broken, workbench.py puts it together.
"""
