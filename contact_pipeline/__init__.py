"""A folder of contact CSVs in, a lawful and verified contact database out. See docs/ and README.md."""
