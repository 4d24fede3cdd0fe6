"""Job handlers of the cases app: thin shells round the importer's services."""
