"""Benchmarks of the engines of this app, for `manage.py benchmark NAME`: each compares ours with others and with a floor
on one file in one run, and says what the ratio should be. What is timed is the code that the site runs.
"""
