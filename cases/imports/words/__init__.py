"""The importer's words: ``fields`` (what a kind of file may say) and ``problems`` (what may be wrong, with sentences)."""
