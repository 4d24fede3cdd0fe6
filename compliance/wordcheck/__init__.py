"""Forbidden wording in what was written and said: found by a job, shown in its context, judged once.

`texts` gathers notes, sent messages and transcripts from where the last run stopped; `rules.wording_many` decides;
`scanning` writes what is new. `judging` is what compliance says of a hit; what it calls harmless does not come back. The
lists are data (`compliance/lexicons/`); a new version of them is read over everything again.
"""
