"""Who asks."""

from __future__ import annotations

from fen.accounts import Key, admit_keyless
from fen.gateway.call import Caller, Parts
from fen.wire.errors import Unauthenticated


async def identify(caller: Caller, parts: Parts) -> Key | None:
    """Return the caller's key, or None where no key is needed.

    As long as there is no key at all, local callers need none (fen.accounts.admit_keyless has the rule).
    Raises Unauthenticated or Forbidden.
    """
    if caller.inside or caller.key is not None:
        return caller.key
    if caller.secret:
        key = parts.keyring.cached(caller.secret) or await parts.keyring.find(caller.secret)
        if key is not None:
            return key
    if await parts.keyring.any_key():
        found = "a key that is not known or was revoked" if caller.secret else "no key"
        raise Unauthenticated(f"found {found}, expected a key made by `fen keys create`")
    if caller.peer is None:
        raise Unauthenticated("found neither a key nor an address, expected one of them")
    admit_keyless(caller.peer(), parts.bind_host, parts.trusted_proxies)
    return None
