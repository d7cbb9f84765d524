"""The shop on AWS: components, and `program`, which puts them together for a stack."""
