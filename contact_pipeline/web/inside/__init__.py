"""Pages for the people who work here. Each is a thin view over what the command line calls, too."""
