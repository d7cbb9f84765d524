"""What a caller may name a visit: something of their own that tells the steps of one visit from another's."""

VISIT_HEADER = "X-Session-Id"
VISIT_PATTERN = r"^[A-Za-z0-9._-]{1,64}$"
