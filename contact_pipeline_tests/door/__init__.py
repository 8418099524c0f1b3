"""The door under attack: generated lists whose truth is known, and what came of them."""
