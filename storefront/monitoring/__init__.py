"""How the shop's processes fare: what they say of themselves, worked out into figures and verdicts."""
