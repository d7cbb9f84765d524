"""How passwords are hashed outside tests."""

import pytest

from user_service.auth import passwords
from user_service.auth.passwords import Passwords

pytestmark = pytest.mark.anyio


async def test_hashes_cost_what_they_should(quick_passwords: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    memory_kib, passes = quick_passwords
    monkeypatch.setattr(passwords, "MEMORY_KIB", memory_kib)
    monkeypatch.setattr(passwords, "PASSES", passes)
    made = Passwords()
    hashed = await made.hash("correct horse")
    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await made.verify("correct horse", hashed) == (True, None)
    assert await made.verify("wrong horse", hashed) == (False, None)
