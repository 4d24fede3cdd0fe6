"""Outside agencies: contracts, placement, recall, scorecard, settlement. Empty until agencies are built."""
