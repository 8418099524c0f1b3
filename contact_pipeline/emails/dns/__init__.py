"""Where a domain receives mail, asked of DNS."""
