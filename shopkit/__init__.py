"""What every service stands on. Names no table and no business rule."""
