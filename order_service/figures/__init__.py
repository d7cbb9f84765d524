"""What the shop's orders come to."""
