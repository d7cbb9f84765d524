"""The websockets of open tabs: whose they are, and how much may come over them."""
