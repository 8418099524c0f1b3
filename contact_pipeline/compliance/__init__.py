"""The rights of the people in the database: what is searched for after an erasure, and the proof that it is gone."""
