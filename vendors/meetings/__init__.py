"""The monthly meeting with an agency (月度会议): the material, frozen; the minutes; decisions with the figure they aim at.

`figures.py` measures, for the material of a month and for a decision whose day has come alike; `pack.py` puts the material
together; `keeping.py` writes, `jobs.py` makes the material in the background.
"""
