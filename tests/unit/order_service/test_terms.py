"""When a cake comes, and where it goes."""

from datetime import UTC, datetime, time

import pytest
from pydantic import ValidationError

from order_service.orders.area import place_outside
from order_service.orders.terms import expected, terms
from order_service.settings import OrderSettings
from shopkit.clock import SHOP_ZONE
from shopkit.contracts.orders import USUAL_TERMS

URL = "postgresql://order_service:x@127.0.0.1/shop"
AREA = ["TP. Hồ Chí Minh", "Ho Chi Minh City", "HCM", "TPHCM", "Sài Gòn"]


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=SHOP_ZONE)


@pytest.mark.parametrize(
    ("placed", "begin", "end"),
    [
        (at(3, 2), at(3, 8), at(3, 20)),
        (at(3, 10, 7), at(3, 10, 7), at(3, 20)),
        (at(3, 15, 59), at(3, 15, 59), at(3, 20)),
        (at(3, 16), at(4, 8), at(4, 12)),
        (at(31, 23, 59), datetime(2026, 4, 1, 8, tzinfo=SHOP_ZONE), datetime(2026, 4, 1, 12, tzinfo=SHOP_ZONE)),
    ],
)
def test_a_cake_comes_the_same_day_or_the_next_morning(placed: datetime, begin: datetime, end: datetime) -> None:
    assert expected(OrderSettings(database_url=URL), placed.astimezone(UTC)) == (begin, end)


def test_the_settings_are_what_is_told() -> None:
    settings = OrderSettings(
        database_url=URL, delivery_fee=1, opens_at=time(9), same_day_until=time(14, 30), delivery_area="Huế"
    )
    told = terms(settings, at(3, 14, 30))
    assert (told.fee, told.opens_at, told.same_day_until, told.area) == (1, time(9), time(14, 30), "Huế")
    assert (told.expected_from, told.expected_until) == (at(4, 9), at(4, 12))


def test_the_defaults_are_the_contracts() -> None:
    told = terms(OrderSettings(database_url=URL), at(3, 9))
    assert told == USUAL_TERMS.model_copy(update={"expected_from": at(3, 9), "expected_until": at(3, 20)})


@pytest.mark.parametrize(
    "wrong",
    [
        {"opens_at": time(17)},
        {"same_day_until": time(21)},
        {"next_day_by": time(7)},
        {"next_day_by": time(20, 1)},
    ],
)
def test_hours_that_make_no_day_stop_the_start(wrong: dict[str, time]) -> None:
    with pytest.raises(ValidationError, match="must"):
        OrderSettings(database_url=URL, **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("12 Ngõ Huyện, Hoàn Kiếm, Hà Nội", "Hà Nội"),
        ("12 Ngo Huyen, Hoan Kiem, Hanoi, Vietnam", "Hà Nội"),
        ("1 Bạch Đằng\nTP. Đà Nẵng 550000", "Đà Nẵng"),
        ("Khu phố 3 - Tỉnh Đồng Nai (gọi trước)", "Đồng Nai"),
        ("5 Lê Lợi, T. Thừa Thiên - Huế, VN", "Huế"),
        ("5 Le Loi, Da Nang City", "Đà Nẵng"),
    ],
)
def test_an_address_in_another_province_is_outside(address: str, place: str) -> None:
    assert place_outside(address, AREA) == place


@pytest.mark.parametrize(
    "address",
    [
        "123 Main St",
        "12 Nguyễn Huệ",
        "12 Nguyễn Huệ, Quận 1",
        "12 Đồng Nai, Phường 15, Quận 10",
        "45 Xa lộ Hà Nội, Thủ Đức",
        "45 Xa lộ Hà Nội",
        "Hà Nội",
        "12 Đồng Nai, TPHCM",
        "7 Lý Tự Trọng, Q.1, tp.hcm (gần bến xe đi Bình Dương), Đồng Nai",
        "8 Pasteur, Ho Chi Minh City, Vietnam 700000",
        "",
        ", ,\n",
    ],
)
def test_an_address_that_names_no_other_province_is_inside(address: str) -> None:
    assert place_outside(address, AREA) == ""


def test_the_area_is_a_setting() -> None:
    assert place_outside("12 Ngõ Huyện, Hà Nội", ["Hà Nội"]) == ""
    assert place_outside("12 Lê Lợi, Huế", ["Hà Nội"]) == "Huế"
