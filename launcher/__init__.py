"""`./dev …`: runs the whole shop on one machine. Starts services as processes by import string, never imports them."""
