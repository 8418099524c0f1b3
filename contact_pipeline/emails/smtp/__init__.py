"""Whether a mailbox takes mail, asked of its own server."""
