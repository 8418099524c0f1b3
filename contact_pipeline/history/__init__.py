"""What was and what comes back: history of changes and its chain, rollbacks, backups, restores, the drill."""
