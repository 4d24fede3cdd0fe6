"""Targets by month, week and day for company, team and person: shared out, followed, explained."""
