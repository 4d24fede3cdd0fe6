"""Disclosure watch: who opened or exported what, and what looks unusual."""
