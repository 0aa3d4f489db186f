"""The real server and its keys: made and revoked beside it, sent as clients and attackers send them, never written."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

from holders import bearing, key_for, now
from running import POLICY, Running

from service.access.changes import revoke_keys
from service.access.tokens import key_id_of
from service.decisions.log import DecisionLog

OTHER_SECRET = "5ec" * 21 + "5"


def _log(folder: Path) -> DecisionLog:
    return DecisionLog.open(f"sqlite:///{folder / 'log.db'}", key_file=folder / "master.key", create=False)


def _get(server: Running, *headers: str, path: str = "/v1/decisions") -> int:
    """The status of the reply to a request with these header lines, sent byte for byte."""
    head = "".join(f"{line}\r\n" for line in (f"GET {path} HTTP/1.1", "Host: gateway.example", *headers))
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall(f"{head}Connection: close\r\n\r\n".encode("latin-1"))
        return int(connection.recv(64).split(b" ")[1])


def test_keys_are_made_and_revoked_beside_a_running_server_and_stand_nowhere(
    tmp_path: Path, application: dict[str, Any]
) -> None:
    with Running(tmp_path) as server:
        assert server.request("GET", "/v1/decisions")[0] == 200
        with _log(tmp_path) as beside:
            portal, officer = key_for(beside, "portal"), key_for(beside, "officer")
            assert server.request("GET", "/v1/decisions")[0] == 401
            assert server.request("GET", "/v1/decisions", headers=bearing(officer))[0] == 200
            sent = {"Content-Type": "application/json", **bearing(portal)}
            assert server.request("POST", f"{POLICY}/decisions", json.dumps(application).encode(), sent)[0] == 201
            assert server.request("GET", "/v1/decisions", headers=bearing(portal))[0] == 403
            _hostile(server, officer)
            revoke_keys(beside, [str(key_id_of(officer))], requested_by="tests", at=now())
            assert server.request("GET", "/v1/decisions", headers=bearing(officer))[0] == 401
        assert server.terminate() == 0
    written = {path.name: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert b"key-ended: key " + str(key_id_of(officer)).encode() in written["server.txt"]
    assert b"role-forbidden: key " + str(key_id_of(portal)).encode() in written["server.txt"]
    for secret in (portal[-64:], officer[-64:], OTHER_SECRET):
        for name, raw in written.items():
            assert secret.encode() not in raw, name
            assert bytes.fromhex(secret) not in raw, name


def _hostile(server: Running, officer: str) -> None:
    """Requests with a good key badly sent, and with bad ones: refused, and the server lives."""
    good, wrong = f"Authorization: Bearer {officer}", f"Authorization: Bearer {officer[:16]}{OTHER_SECRET}"
    assert _get(server, good, "X-Forwarded-For: 198.51.100.1") == 200
    assert _get(server, wrong) == 401
    for twice in ((good, good), (good, wrong), (wrong, good), ("Authorization: Basic eDp5", good)):
        assert _get(server, *twice) == 401
    assert _get(server, f"{good}, Bearer {officer}") == 401
    assert _get(server, f"Authorization: Bearer {'a' * 30_000}") in {401, 431}
    assert _get(server, good, " folded: x") in {400, 401}
    assert _get(server, f"{good}\x00") in {400, 401}
    assert _get(server, f"Authorization : Bearer {officer}") in {400, 401}
    assert server.request("GET", "/v1/decisions", headers=bearing(key_with_forged_line(officer)))[0] == 401
    assert server.request("POST", f"{POLICY}/findings", b"", bearing(officer))[0] in {404, 405}
    assert server.request("GET", "/healthz")[0] == 200


def key_with_forged_line(officer: str) -> str:
    return f"{officer[:16]}{OTHER_SECRET}%0d%0aforged"


def test_with_a_key_the_service_may_be_reached_from_elsewhere(tmp_path: Path) -> None:
    DecisionLog.open(f"sqlite:///{tmp_path / 'log.db'}", key_file=tmp_path / "master.key").close()
    with _log(tmp_path) as log:
        token = key_for(log, "auditor")
    with Running(tmp_path, ELIGIBILITY_HOST="0.0.0.0") as server:  # noqa: S104 - keys guard it
        assert server.request("GET", "/v1/decisions", headers=bearing(token))[0] == 200
        assert server.request("GET", "/v1/decisions")[0] == 401
