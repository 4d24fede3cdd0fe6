"""The agency's own bill beside our statement (机构账单核对): gather → pair (pure) → explain (pure) → keep.

Every line of both sides lands in exactly one match, so that the differences add up to the difference of the two totals.
What both have and reckon otherwise becomes disputes of the statement; what only the agency has is answered here.
"""
