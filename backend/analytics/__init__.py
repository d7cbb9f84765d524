"""The live table of events: what services send to it, and the reports over it."""
