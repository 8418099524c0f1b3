"""Ways to people, one file each; they know no table and no policy."""
