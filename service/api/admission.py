"""Who may come in: before anything else of a request is looked at, who asks and whether they may ask for this.

Without keys it is whoever is on this machine; with keys, whoever has one, from wherever. What is refused is
logged by the public id of the key, never by what was sent.
"""

from __future__ import annotations

import ipaddress
import logging
import re
from collections.abc import Mapping

from flask import Flask, g, request

from service.access.keys import State
from service.access.roles import ANONYMOUS, Principal, Right, roles_with
from service.access.tokens import bearer_token
from service.api.desk import desk, requester
from service.api.faults import RefusedError

_logger = logging.getLogger(__name__)
_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
_DECISION_ID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# How the service is to be asked is no secret.
_DOCUMENTS = frozenset({"static", "docs.show", "api-docs.openapi_json"})


def guard(app: Flask, rights: Mapping[str, Right | None], *, insecure: bool) -> None:
    """Let only those into `app` who may.

    `rights` gives what each endpoint needs, None for nothing; one it does not name is closed to everybody.
    Without keys only this machine is answered, unless `insecure`.
    """
    needed = {**dict.fromkeys(_DOCUMENTS), **rights}

    def admit() -> None:
        g.principal = None
        if not desk().keys.configured():
            if not (insecure or _from_this_machine()):
                _tell_refused("not-local", None)
                raise RefusedError("not-local")
            g.principal = ANONYMOUS
        elif request.endpoint is None:
            # A path that leads nowhere is answered as such to whoever has a key.
            g.principal = _recognised()
        elif request.endpoint not in needed:
            raise forbidden("role-forbidden", _recognised(), roles="")
        elif (right := needed[request.endpoint]) is not None:
            g.principal = who = _recognised()
            if who.extent(right) is None:
                raise forbidden("role-forbidden", who, roles="、".join(roles_with(right)))

    app.before_request(admit)


def recognised_if_named() -> Principal | None:
    """Who asks, on a route that needs no key but answers more to whoever has one; a wrong one is refused."""
    if g.principal is None and "Authorization" in request.headers:
        g.principal = _recognised()
    found: Principal | None = g.principal
    return found


def forbidden(code: str, who: Principal | None = None, *, roles: str = "") -> RefusedError:
    """The refusal of what a principal may not do (by default who asks), logged by the id of their key."""
    who = who or requester()
    _tell_refused(code, who.key_id, who.role)
    return RefusedError(code, roles=roles)


def _recognised() -> Principal:
    """Whose key the `Authorization` header holds; refused (401) where it is nobody's."""
    headers = request.headers.getlist("Authorization")
    if not headers:
        raise _unknown("key-missing", None)
    token = bearer_token(headers[0]) if len(headers) == 1 else None
    if token is None:
        raise _unknown("key-invalid", None)
    held = desk()
    seen = held.keys.identify(token, held.now())
    if seen.principal is None:
        raise _unknown("key-ended" if seen.state in (State.EXPIRED, State.REVOKED) else "key-invalid", seen.key_id)
    return seen.principal


def _unknown(code: str, key_id: str | None) -> RefusedError:
    _tell_refused(code, key_id)
    return RefusedError(code)


def _tell_refused(code: str, key_id: str | None, role: str | None = None) -> None:
    """One line for whoever looks into refusals: what, whose key, from where, at which endpoint, about what.

    The address is that of the connection: behind a proxy the proxy's, since what it forwards anybody can write.
    """
    named = key_id or "-" if role is None else f"{key_id} ({role})"
    where, address = f"{request.method} {request.endpoint or '-'}", request.remote_addr or "-"
    _logger.warning("%s: key %s at %s from %s about %s", code, named, where, address, _about())


def _about() -> str:
    """The decision or policy asked for; a dash for what has not the form of an id or is none, and may say anything."""
    asked = request.view_args or {}
    decision_id, policy = asked.get("decision_id", ""), asked.get("policy")
    if _DECISION_ID.fullmatch(decision_id):
        return str(decision_id)
    revisions = desk().revisions
    if policy is None or not revisions.ready:
        return "-"
    with revisions.hold() as revision:
        return policy if policy in revision.snapshot.ids() else "-"


def _from_this_machine() -> bool:
    """Whether nobody else can have sent the request.

    One that a proxy forwarded comes from elsewhere, and one that names another host comes from a web page
    that had its name point here.
    """
    forwarded = "Forwarded" in request.headers or "X-Forwarded-For" in request.headers
    host = re.sub(r":[0-9]*\Z", "", request.headers.get("Host", "")).lower()
    return _is_loopback(request.remote_addr) and not forwarded and host in _LOCAL_NAMES


def _is_loopback(address: str | None) -> bool:
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return False
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return (mapped or parsed).is_loopback
