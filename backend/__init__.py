"""Service 1: catalogue, search, cart, stock with holds, and media."""
