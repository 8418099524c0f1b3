"""The command line edge: a command opens a session, calls a use case, prints."""
