"""Why did it move? A change of a rate taken apart into mix, rate and population, group by group, so that the parts add up to
the change exactly. `parts.py` decides (pure), `moves.py` asks the KPI for both periods."""
