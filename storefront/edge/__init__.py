"""The ASGI edge in front of Reflex: documents with their meta tags, caching, security headers, media.

Reflex prerenders pages but has no server rendering, sends no cache headers, and answers an unknown product with 200.
What search engines, previews and a first visit need beyond that is done here, on the same port.
"""

from storefront.edge.app import Edge

__all__ = ["Edge"]
