"""What staff remember of orders."""
