"""What may be done today, the figures of compliance, the record of processing, and the documents drawn from it."""
