"""The rights of the people in the database: requests, disclosure, rectification, objection."""
