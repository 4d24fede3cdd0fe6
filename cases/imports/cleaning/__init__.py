"""One cell in, one value out, or the reason why not: ``clean`` is the door. No cell knows its row."""
