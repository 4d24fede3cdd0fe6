"""What the columns mean: ``layouts`` finds the headings and asks what cannot be known, ``understanding`` is what came of it.

``synonyms`` are what people write above such columns, ``evidence`` is what stands below them.
"""
