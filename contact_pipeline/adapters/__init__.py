"""The outside world: PostgreSQL, DNS, files. Implements the rooms' ports."""
