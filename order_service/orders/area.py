"""Whether an address lies where the shop delivers, as far as its text tells.

People write addresses in every way there is, and often leave the city out. So an address is refused only when its
last part is the name of another province: a refusal that is wrong costs an order, a delivery that is too far a call.
"""

import re
from collections.abc import Iterable

from shopkit.text import fold

# The provinces and cities of before and after the reform of July 2025: people use both.
_NAMES = (
    "An Giang, Bà Rịa, Vũng Tàu, Bà Rịa Vũng Tàu, Bắc Giang, Bắc Kạn, Bạc Liêu, Bắc Ninh, Bến Tre, Bình Định, "
    "Bình Dương, Bình Phước, Bình Thuận, Cà Mau, Cần Thơ, Cao Bằng, Đà Lạt, Đà Nẵng, Đắk Lắk, Đắk Nông, Điện Biên, "
    "Đồng Nai, Đồng Tháp, Gia Lai, Hà Giang, Hà Nam, Hà Nội, Hà Tĩnh, Hải Dương, Hải Phòng, Hậu Giang, Hòa Bình, Huế, "
    "Hưng Yên, Khánh Hòa, Kiên Giang, Kon Tum, Lai Châu, Lâm Đồng, Lạng Sơn, Lào Cai, Long An, Nam Định, Nghệ An, "
    "Nha Trang, Ninh Bình, Ninh Thuận, Phú Quốc, Phú Thọ, Phú Yên, Quảng Bình, Quảng Nam, Quảng Ngãi, Quảng Ninh, "
    "Quảng Trị, Sóc Trăng, Sơn La, Tây Ninh, Thái Bình, Thái Nguyên, Thanh Hóa, Thừa Thiên Huế, Tiền Giang, Trà Vinh, "
    "Tuyên Quang, Vĩnh Long, Vĩnh Phúc, Yên Bái"
)
PROVINCES = _NAMES.split(", ")

_ASIDE = re.compile(r"\([^)]*\)")
_BREAKS = re.compile(r"[,;\n]|\s[-–]\s")
_NOT_A_WORD = re.compile(r"[^a-z0-9]+")
_COUNTRY = re.compile(r"\s*\b(viet ?nam|vn)$")
_POSTCODE = re.compile(r"\s*\b\d{5,6}$")
_KIND = re.compile(r"^(tinh|thanh pho|tp|t p|t) |( city| province)$")


def place_outside(address: str, area: Iterable[str]) -> str:
    """Return the name of the province in which an address lies outside the delivery `area`, "" if none is named."""
    inside = {_words(name) for name in area} - {""}
    whole = _words(address)
    if any(re.search(rf"\b{name}\b", whole) for name in inside):
        return ""
    parts = [_place(part) for part in _BREAKS.split(_ASIDE.sub(" ", address))]
    named = [part for part in parts if part]
    # A name that stands alone is a street's as likely as a province's.
    return _PROVINCES.get(named[-1].replace(" ", ""), "") if len(named) > 1 else ""


def _place(part: str) -> str:
    text = _COUNTRY.sub("", _POSTCODE.sub("", _COUNTRY.sub("", _words(part))))
    return _KIND.sub("", text)


def _words(text: str) -> str:
    return _NOT_A_WORD.sub(" ", fold(text)).strip()


_PROVINCES = {_words(name).replace(" ", ""): name for name in PROVINCES}
