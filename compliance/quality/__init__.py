"""Quality checks: which talks are listened to, how they are scored, what follows, and who disagrees."""
