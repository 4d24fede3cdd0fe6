"""The scorecard: an agency's month beside what all agencies together would have made of the same cases.

gather (the pool in one pass, conduct in a fixed number of queries) → decide (pure: expected money, limits, points, what
would change them, shares) → apply (revisions, all agencies of a month in one transaction).
"""
