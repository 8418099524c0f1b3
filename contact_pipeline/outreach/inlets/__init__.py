"""The forms in which senders tell us what came back: one file a sender."""
