"""The command line edge: thin commands over orchestration and adapters."""
