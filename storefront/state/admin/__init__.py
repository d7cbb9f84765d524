"""What the back office's pages know and do.

Every State that is written in this package answers to staff only: `storefront.guard` refuses everybody else's events
before a handler is called. So a State for staff belongs here, and one for shoppers does not.
"""
