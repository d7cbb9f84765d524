"""The shop itself: where it is and how to reach it. Hours, fees and area come from the order service."""

from storefront.i18n import Lang

NAME = "SweetDream"
ADDRESS: dict[Lang, str] = {
    "vi": "12 Đường Hoa Sữa, Phường Tân Định, TP. Hồ Chí Minh",
    "en": "12 Hoa Sua Street, Tan Dinh Ward, Ho Chi Minh City",
}
PHONE = "028 7300 1234"
PHONE_URL = "tel:+842873001234"
EMAIL = "hello@sweetdream.example"
