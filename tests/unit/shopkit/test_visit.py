"""Who is recorded, and who is no person."""

import pytest

from shopkit.visit import is_crawler, opts_out

PEOPLE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 "
    "Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
    "Mozilla/5.0 (Linux; Android 14; CUBOT X70) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile "
    "Safari/537.36",
    "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/142.0 Mobile Safari/537.36 Zalo android/24120 coc_coc",
)
CRAWLERS = (
    "",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
    "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)",
    "WhatsApp/2.23.20.0",
    "curl/8.5.0",
    "python-requests/2.32.3",
    "Mozilla/5.0 (compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)",
)


@pytest.mark.parametrize("agent", PEOPLE)
def test_browsers_are_people(agent: str) -> None:
    assert is_crawler(agent) is False


@pytest.mark.parametrize("agent", CRAWLERS)
def test_programs_are_not(agent: str) -> None:
    assert is_crawler(agent) is True


@pytest.mark.parametrize(
    ("headers", "out"),
    [
        ({}, False),
        ({"dnt": "0"}, False),
        ({"sec-gpc": "?1"}, False),
        ({"dnt": "1"}, True),
        ({"sec-gpc": "1"}, True),
        ({"dnt": "0", "sec-gpc": "1"}, True),
    ],
)
def test_do_not_track_and_privacy_control_are_heard(headers: dict[str, str], out: bool) -> None:
    assert opts_out(headers) is out
