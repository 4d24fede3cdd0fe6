"""Benchmarks of the agencies' room."""
