"""The shop's web app: a Reflex frontend and the ASGI edge in front of it."""
