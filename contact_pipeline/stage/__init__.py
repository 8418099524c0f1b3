"""What every stage is given, and what is done around its work."""
