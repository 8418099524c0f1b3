"""Ways to people and to the monitoring that they already run. One file each; they know no table and no policy."""
