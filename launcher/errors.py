"""What the launcher tells a person instead of a traceback."""


class LauncherError(Exception):
    """Something is wrong that its reader can mend: the first line says what, `hint` what to do."""

    def __init__(self, what: str, hint: str = "") -> None:
        self.what, self.hint = what, hint
        super().__init__(f"{what}\n{hint}" if hint else what)
