"""Forbidden wording in what was written and said: found, shown in its context, judged once."""
