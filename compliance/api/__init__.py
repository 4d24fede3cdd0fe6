"""Contacts for other programs: ask the gate, tell what came of it, and tell what took place without asking."""
