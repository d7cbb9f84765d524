"""Devices on which somebody has logged in before."""
