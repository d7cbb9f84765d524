"""Products, categories, search."""
