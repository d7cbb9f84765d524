"""What runs in Lambda. Each file is a function of its own and imports nothing of the others."""
