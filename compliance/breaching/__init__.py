"""The register of breaches: how grave, whose, what was done, and who closed it."""
