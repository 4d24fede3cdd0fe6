"""Build: sections of the papers from gathered facts. Pure, except where a part says that it gathers for itself."""
