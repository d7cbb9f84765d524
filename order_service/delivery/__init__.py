"""Orders that do not arrive, and wrong steps: what staff do beside an order's way."""
