"""Service 2: orders, their life, their live stream."""
