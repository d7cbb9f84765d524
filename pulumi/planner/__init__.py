"""Runs the Pulumi programs of this folder without a cloud, and says what they would make."""
