"""The reference shop's catalogue, and how it gets into an empty database."""
