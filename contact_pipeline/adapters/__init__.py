"""The ground that knows no room: PostgreSQL, HTTP, files, the key, the ledger of facts."""
