"""Open a hostile or ugly file: ``read`` is the door, here in the parent; ``read_child`` does it in a process of its own.

Before the parser looks, the container is judged (``prescan`` and ``scan_*``); ``text_files`` tells encoding and delimiter by
evidence; ``frames`` keeps the rows packed. What the child imports knows no Django.
"""
