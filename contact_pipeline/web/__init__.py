"""Web servers of ours: who may talk to them, and how they are run. What they serve is made elsewhere."""
