"""The agencies' room for other programs: an agency reads what it has to put right, and answers."""
