"""What the shop remembers of a browser tab; the services hold the truth."""
