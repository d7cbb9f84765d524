"""What search engines and previews read: title, description, canonical, languages, Open Graph, JSON-LD."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import orjson

from shopkit.contracts.catalog import Product
from shopkit.contracts.orders import DeliveryTerms
from storefront.i18n import DEFAULT, LANGS, Lang, href
from storefront.shop import ADDRESS, EMAIL, NAME, PHONE_URL

SHARE_PICTURE = "/og-default.png"
_LOCALES: dict[Lang, str] = {"vi": "vi_VN", "en": "en_US"}


def head(
    lang: Lang,
    path: str,
    *,
    public_url: str,
    title: str,
    description: str,
    picture: str | None = None,
    kind: str = "website",
    data: Mapping[str, Any] | None = None,
    indexed: bool = True,
) -> str:
    """Return the tags of a page at `path` (without its language), every value escaped."""
    if not indexed:
        return '<meta name="robots" content="noindex">'
    address = public_url + href(lang, path)
    tags = [f'<link rel="canonical" href="{escape(address)}">']
    tags += [f'<link rel="alternate" hreflang="{to}" href="{escape(public_url + href(to, path))}">' for to in LANGS]
    tags.append(f'<link rel="alternate" hreflang="x-default" href="{escape(public_url + href(DEFAULT, path))}">')
    graph = {
        "og:site_name": NAME,
        "og:type": kind,
        "og:locale": _LOCALES[lang],
        "og:title": title,
        "og:description": description,
        "og:url": address,
        "og:image": public_url + (picture or SHARE_PICTURE),
    }
    tags += [f'<meta property="{name}" content="{escape(value)}">' for name, value in graph.items()]
    tags.append('<meta name="twitter:card" content="summary_large_image">')
    if data is not None:
        tags.append(json_script(data, "application/ld+json"))
    return "".join(tags)


def json_script(data: Any, kind: str = "application/json", element_id: str = "") -> str:
    """Return JSON as an element that runs nothing. No text in it can end the element or begin a comment."""
    text = orjson.dumps(data).decode()
    for sign, code in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026"), ("\u2028", "\\u2028")):
        text = text.replace(sign, code)
    named = f' id="{element_id}"' if element_id else ""
    return f'<script type="{kind}"{named}>{text}</script>'


def product_data(product: Product, lang: Lang, public_url: str) -> dict[str, Any]:
    """Return a product in schema.org's terms, an offer for each size."""
    address = public_url + href(lang, f"/product/{product.slug}")
    name = name_in(lang, product)
    return {
        "@context": "https://schema.org",
        "@type": "Product",
        "sku": str(product.id),
        "name": name,
        "description": description_in(lang, product),
        "image": public_url + (product.preview or product.image or SHARE_PICTURE),
        "category": product.category.name_en if lang == "en" else product.category.name,
        "brand": {"@type": "Brand", "name": NAME},
        "offers": [
            {
                "@type": "Offer",
                "name": f"{name}, {size.size}",
                "sku": f"{product.id}-{size.size}",
                "price": size.price,
                "priceCurrency": "VND",
                "availability": f"https://schema.org/{'InStock' if size.stock else 'OutOfStock'}",
                "url": address,
            }
            for size in product.sizes
        ],
    }


def shop_data(lang: Lang, public_url: str, terms: DeliveryTerms) -> dict[str, Any]:
    """Return the shop in schema.org's terms."""
    return {
        "@context": "https://schema.org",
        "@type": "Bakery",
        "name": NAME,
        "url": public_url + href(lang, "/"),
        "image": public_url + SHARE_PICTURE,
        "telephone": PHONE_URL.removeprefix("tel:"),
        "email": EMAIL,
        "currenciesAccepted": "VND",
        "paymentAccepted": "Cash",
        "address": {"@type": "PostalAddress", "streetAddress": ADDRESS[lang], "addressCountry": "VN"},
        "openingHoursSpecification": {
            "@type": "OpeningHoursSpecification",
            "dayOfWeek": _DAYS,
            "opens": f"{terms.opens_at:%H:%M}",
            "closes": f"{terms.closes_at:%H:%M}",
        },
    }


_DAYS: Sequence[str] = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def name_in(lang: Lang, product: Product) -> str:
    """Return the product's name in a language, as far as it has one there."""
    return (product.name_en if lang == "en" else "") or product.name


def description_in(lang: Lang, product: Product) -> str:
    """Return the product's description in a language, as far as it has one there."""
    return (product.description_en if lang == "en" else "") or product.description
