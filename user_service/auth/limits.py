"""What is limited here, from the settings."""

from dataclasses import dataclass

from shopkit.limits import Limit
from user_service.settings import UserSettings


@dataclass(frozen=True)
class AuthLimits:
    """Logins count failures: a success takes its attempt back."""

    logins_of_account: Limit
    logins_of_address: Limit
    registrations: Limit
    guests: Limit

    @classmethod
    def of(cls, settings: UserSettings) -> "AuthLimits":
        """Return the limits that `settings` say."""
        return cls(
            Limit("login_account", settings.login_failures_per_account, settings.login_window_s),
            Limit("login_address", settings.login_failures_per_address, settings.login_window_s),
            Limit("register", settings.registrations_per_address, settings.registration_window_s),
            Limit("guest", settings.guests_per_address, settings.guest_window_s),
        )
