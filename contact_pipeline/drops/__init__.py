"""A drop: from a file in a folder to landed rows, and the archive that keeps the file."""
