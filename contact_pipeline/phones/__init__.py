"""Numbers: any writing to E.164, country, type, carrier, or the reason why not."""
