"""What is limited here, from the settings."""

from dataclasses import dataclass

from shopkit.limits import Limit
from user_service.settings import UserSettings


@dataclass(frozen=True)
class AuthLimits:
    """Limits on logins count failures: a success takes its attempt back.

    Whoever guesses an account's password from one address closes it for that address alone. Guesses from everywhere are
    slowed down together by `logins_of_account`, which does not count for devices that the account was used on before:
    nobody can keep its owner out.
    """

    logins_of_address: Limit
    logins_of_account_at_address: Limit
    logins_of_account: Limit
    logins_of_device: Limit
    password_checks: Limit
    registrations: Limit
    guests: Limit

    @classmethod
    def of(cls, settings: UserSettings) -> "AuthLimits":
        """Return the limits that `settings` say."""
        return cls(
            Limit("login_address", settings.login_failures_per_address, settings.login_window_s),
            Limit("login_account_at_address", settings.login_failures_per_account, settings.login_window_s),
            Limit("login_account", settings.login_failures_everywhere, settings.login_everywhere_window_s),
            Limit("login_device", settings.login_failures_per_account, settings.login_window_s),
            Limit("password_check", settings.login_failures_per_account, settings.login_window_s),
            Limit("register", settings.registrations_per_address, settings.registration_window_s),
            Limit("guest", settings.guests_per_address, settings.guest_window_s),
        )
