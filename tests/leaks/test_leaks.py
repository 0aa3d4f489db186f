"""Known numbers, birth dates and phones through every route and every command: no byte outside the encrypted parts.

Searched are the database with its write-ahead log, whatever else lies beside it, what is logged, every answer but
those to the holder's own application, every error, all that commands print or write; for the values, and for what
gives them back. A route or a command that is not named here fails.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import logging
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import click
import pytest
from flask.testing import FlaskClient

from service.access.changes import make_key
from service.access.roles import Role
from service.api.app import create_app
from service.cli.program import _program, run
from service.config import Settings
from service.decisions.log import DecisionLog
from service.engine.revisions import Revisions

ROOT = Path(__file__).parents[2]
POLICIES = ROOT / "policies"
POLICY = "lucheng-skills-master-studio"
SAMPLE = json.loads((ROOT / "tests" / "data" / "applications" / "G01.json").read_text("utf-8"))["application"]
# Somebody whose birth date stands in no help text of the policy.
NUMBER, PHONE = "330302197704189938", "13977041818"
BORN, RETIRES = date(1977, 4, 18), date(2037, 4, 18)
SAMPLE["leader"] |= {"id_number": NUMBER, "birth_date": BORN.isoformat(), "mobile": PHONE}
MEMBERS = [one["id_number"] for one in SAMPLE["members"]]
FINDING = {"about": "inheritance", "kind": "judgement", "result": "upheld", "by": "专家评审组", "on": "2024-07-15"}
REASON = "复核申诉"
DECISIONS = f"/v1/policies/{POLICY}/decisions"


def traces() -> dict[str, bytes]:
    """What may stand nowhere, by a name that may be printed."""
    found: dict[str, bytes] = {}
    values = {"number": NUMBER, "phone": PHONE, **{f"member {n}": one for n, one in enumerate(MEMBERS)}}
    for name, value in values.items():
        raw = value.encode("ascii")
        wide = "".join(chr(ord(char) + 0xFEE0) for char in value)
        found |= {name: raw, f"{name} wide": wide.encode("utf-8"), f"{name} escaped": json.dumps(wide).encode()[1:-1]}
        found |= {
            f"{name} hex": raw.hex().encode(),
            f"{name} backwards": raw[::-1],
            f"{name} utf-16": value.encode("utf-16-le"),
        }
        for shift in range(3):
            # The middle of base64 text does not depend on what stands before or after.
            found[f"{name} base64 {shift}"] = base64.b64encode(b"\0" * shift + raw)[4:-4]
        for kind in ("md5", "sha1", "sha256", "sha512"):
            digest = hashlib.new(kind, raw).digest()
            found |= {f"{name} {kind}": digest, f"{name} {kind} hex": digest.hex().encode()}
            found[f"{name} {kind} base64"] = base64.b64encode(digest)[:-3]
    for name, day in (("born", BORN), ("retires", RETIRES)):
        for number, text in enumerate(written(day)):
            found[f"{name} {number}"] = text.encode("utf-8")
    return found


def written(day: date) -> Iterator[str]:
    year, month, of_month = day.year, day.month, day.day
    yield from (f"{year}-{month:02}-{of_month:02}", f"{year}{month:02}{of_month:02}", f"{year}-{month}-{of_month}")
    yield from (f"{year}/{month:02}/{of_month:02}", f"{year}.{month}.{of_month}", f"{year}年{month}月{of_month}日")
    yield f"{day.toordinal()}"


@dataclass
class Written:
    """All that was written, by where it stands."""

    pieces: list[tuple[str, bytes]] = field(default_factory=list)

    def add(self, where: str, text: str | bytes) -> None:
        raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
        self.pieces.append((where, raw))
        if raw[:4] == b"PK\x03\x04":
            with zipfile.ZipFile(io.BytesIO(raw)) as packed:
                for name in packed.namelist():
                    self.add(f"{where}!{name}", packed.read(name))

    def leaks(self) -> list[str]:
        wanted = traces()
        return [f"{where}: {name}" for where, raw in self.pieces for name, trace in wanted.items() if trace in raw]


@pytest.fixture(scope="module")
def revisions() -> Iterator[Revisions]:
    loaded = Revisions(POLICIES)
    loaded.reload()
    yield loaded
    loaded.close()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "log"
    home.mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    monkeypatch.setenv("ELIGIBILITY_DATABASE_URL", f"sqlite:///{home / 'log.db'}")
    monkeypatch.setenv("ELIGIBILITY_KEY_FILE", str(home / "master.key"))
    monkeypatch.setenv("ELIGIBILITY_POLICIES", str(POLICIES))
    return home


@pytest.fixture
def log(folder: Path) -> Iterator[DecisionLog]:
    with DecisionLog.open(f"sqlite:///{folder / 'log.db'}", key_file=folder / "master.key") as opened:
        yield opened


@pytest.fixture
def client(log: DecisionLog, revisions: Revisions, folder: Path) -> FlaskClient:
    settings = Settings(
        policies=POLICIES, database_url=f"sqlite:///{folder / 'log.db'}", key_file=folder / "master.key"
    )
    return create_app(settings, revisions, log).test_client()


def beside(folder: Path) -> Written:
    """Every file of the log's folder."""
    found = Written()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            found.add(path.name, path.read_bytes())
    return found


def with_leader(**changes: Any) -> dict[str, Any]:
    return {**SAMPLE, "leader": {**SAMPLE["leader"], **changes}}


WIDE = "".join(chr(ord(char) + 0xFEE0) for char in NUMBER)
# In as many forms as people and programs send it; most are taken, some are refused.
APPLICATIONS: dict[str, Any] = {
    "plain": SAMPLE,
    "wide": with_leader(id_number=WIDE, birth_date="１９７７－０４－１８"),
    "spaced": with_leader(id_number=f" {NUMBER[:6]} {NUMBER[6:14]} {NUMBER[14:]} ", birth_date="1977年4月18日"),
    "wrong check": with_leader(id_number=NUMBER[:-1] + "X"),
    "a number": with_leader(id_number=int(NUMBER)),
    "a list": with_leader(id_number=[NUMBER]),
    "in free text": with_leader(resume=f"{NUMBER}，{PHONE}，1977年4月18日生，2037-04-18退休"),
    "as a name": with_leader(name=NUMBER, occupation=NUMBER),
    "as a code": with_leader(skill_level=NUMBER, sex=NUMBER),
    "as a date": {**SAMPLE, "application_date": NUMBER},
    "as another date": with_leader(birth_date=NUMBER),
    "as a unit": {**SAMPLE, "unit": {**SAMPLE["unit"], "district": NUMBER, "uscc": NUMBER}},
}
# method and path by the name of the endpoint, and which roles are answered with what is their own.
ROUTES: dict[str, list[tuple[str, str, str]]] = {
    "decisions.post_decision": [("POST", DECISIONS, "application")],
    "decisions.get_decisions": [("GET", "/v1/decisions", "")],
    "decisions.get_decision": [("GET", "/v1/decisions/{id}", ""), ("GET", "/v1/decisions/{number}", "")],
    "previews.post_preview": [("POST", f"/v1/policies/{POLICY}/previews", "application")],
    "findings.post_findings": [("POST", "/v1/decisions/{id}/findings", "findings")],
    "readings.post_reading": [
        ("POST", "/v1/decisions/{id}/readings", "number"),
        ("POST", "/v1/decisions/{id}/readings", "reason"),
    ],
    "policies.get_policies": [("GET", "/v1/policies", "")],
    "policies.get_policy": [("GET", "/v1/policies/{number}", ""), ("GET", f"/v1/policies/{POLICY}", "")],
    "policies.get_edition": [
        ("GET", f"/v1/policies/{POLICY}/{{number}}", ""),
        ("GET", f"/v1/policies/{POLICY}/2024", ""),
    ],
    "health.healthz": [("GET", "/healthz", "")],
    "health.readyz": [("GET", "/readyz", "")],
    "api-docs.openapi_json": [("GET", "/openapi.json", "")],
    "docs.show": [("GET", "/docs", "")],
    "static": [("GET", "/static/docs.css", "")],
}
# What is answered to who sent it, or to who may see it: everything else is searched.
OWN = {("decisions.post_decision", "portal"), ("decisions.get_decision", "portal"), ("previews.post_preview", "portal")}
OWN |= {("previews.post_preview", "officer"), ("readings.post_reading", "auditor")}


def test_every_route_is_walked(client: FlaskClient) -> None:
    assert {rule.endpoint for rule in client.application.url_map.iter_rules()} == {*ROUTES}


def test_nothing_leaks_through_a_route(
    client: FlaskClient, log: DecisionLog, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    said = Written()
    at = log._clock(None).astimezone()
    tokens = {
        role.value: make_key(log, holder=role.value, role=role, requested_by="tests", at=at).token for role in Role
    }
    bearing = {role: {"Authorization": f"Bearer {token}"} for role, token in tokens.items()}
    ids = [
        reply.get_json()["decision_id"]
        for name, one in APPLICATIONS.items()
        if (
            reply := client.post(
                DECISIONS, json=one, headers={**bearing["portal"], "Idempotency-Key": f"{name} {NUMBER}"}
            )
        ).status_code
        == 201
    ]
    assert len(ids) > 5
    bodies = {"application": SAMPLE, "findings": [FINDING], "reason": {"reason": REASON}, "number": {"reason": NUMBER}}
    for endpoint, calls in ROUTES.items():
        for method, path, body in calls:
            for role, sent in bearing.items():
                asked = path.format(id=ids[0], number=NUMBER)
                with client.open(asked, method=method, json=bodies.get(body), headers=sent) as reply:
                    if (endpoint, role) not in OWN or reply.status_code >= 400:
                        said.add(f"{endpoint} {role} {reply.status_code}", reply.data)
    # Errors: what was sent is not repeated, wherever it stands.
    for name, one in APPLICATIONS.items():
        for path in (DECISIONS, f"/v1/policies/{POLICY}/previews"):
            reply = client.post(path, json=one, headers=bearing["portal"])
            if reply.status_code >= 400:
                said.add(f"{name} {reply.status_code}", reply.data)
    for raw in (f'{{"leader": "{NUMBER}"', f'{{"a": {NUMBER}}}', f'["{NUMBER}"]', f'"{NUMBER}"', f"{NUMBER} {NUMBER}"):
        for kind in ("application/json", "text/plain"):
            reply = client.post(DECISIONS, data=raw, headers={**bearing["portal"], "Content-Type": kind})
            said.add(f"malformed {reply.status_code}", reply.data)
    for path in (
        f"/v1/decisions?edition={NUMBER}&status={NUMBER}",
        f"/{NUMBER}",
        f"{DECISIONS}?edition={NUMBER}",
        f"/v1/decisions?{NUMBER}=1",
    ):
        said.add(path.partition("?")[0], client.get(path, headers=bearing["auditor"]).data)
    for headers in ({"Authorization": f"Bearer {NUMBER}"}, {**bearing["portal"], "Idempotency-Key": f"{NUMBER}\t"}):
        said.add("headers", client.post(DECISIONS, json=SAMPLE, headers=headers).data)
    said.add("logged", caplog.text)
    assert said.leaks() == []
    assert beside(folder).leaks() == []
    log.close()
    assert beside(folder).leaks() == []


# Arguments by command; {} are filled in. `assess` and `log show --unmask` show what is asked of them, and are searched
# for errors alone.
COMMANDS: dict[str, list[list[str]]] = {
    "assess": [["{bad}"]],
    "complaint-pack": [["{id}", "--output", "{out}/pack.zip"]],
    "decide": [
        [
            "{id}",
            "--about",
            "inheritance.training",
            "--result",
            "upheld",
            "--by",
            "王评审",
            "--on",
            "2024-07-20",
            "--reason",
            "属实",
            "--evidence",
            "签到表",
            "--no-conflict",
        ]
    ],
    "keys list": [[]],
    "keys new": [["{number}", "--role", "portal"], ["办事大厅", "--role", "portal"]],
    "keys revoke": [["{number}", "--yes"]],
    "keys rotate": [["{number}"]],
    "log checkpoint": [[]],
    "log consistency": [["{bad}", "{bad}"]],
    "log erase": [
        ["{number}", "--reason", REASON, "--yes"],
        ["{id}", "--reason", "{number}", "--yes"],
        ["{id}", "--reason", REASON, "--dry-run"],
    ],
    "log export": [[], *(["--output", "{out}/log." + suffix] for suffix in ("jsonl", "csv", "xlsx"))],
    "log list": [["--format", "json"], ["--unit", "{number}"], []],
    "log reindex": [["--dry-run"], []],
    "log rotate-signing-key": [[]],
    "log replay": [["--all"], ["--all", "--format", "json"]],
    "log retention": [["--retention-days", "1", "--dry-run"]],
    "log rotate-key": [["--drop-old"]],
    "log show": [
        ["{id}"],
        ["{id}", "--private"],
        ["{id}", "--private", "--format", "json"],
        ["{number}"],
        ["{id}", "--unmask", "--reason", "{number}"],
    ],
    "log verify": [[], ["--format", "json"], ["--receipt", "{bad}"]],
    "panel-sheet": [
        ["2024", "--all", "--output", "{out}/sheet.xlsx"],
        ["2024", "--all", "--output", "{out}/sheet.html"],
        ["2024", "--all", "--format", "json"],
    ],
    "policy check": [["{bad}"]],
    "policy diff": [[f"{POLICY}/2018", f"{POLICY}/2024"]],
    "policy impact": [
        ["2025", "--against", "log", "--output", "{out}/impact.xlsx"],
        ["2025", "--against", "log", "--format", "json"],
    ],
    "policy new": [["2031", "--from", "2024", "--dry-run"]],
    "policy schema": [[]],
    "policy show": [[POLICY, "2024"]],
    "policy test": [[]],
    "policy translate": [["{bad}"]],
    "round": [["2024", "--output", "{out}/round.xlsx"], ["2024", "--format", "json"]],
    "serve": [["--port", "{number}"]],
}


def commands(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[str]:
    if not isinstance(command, click.Group):
        yield " ".join(path)
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        found = command.get_command(context, name)
        assert found is not None
        yield from commands(found, (*path, name))


def test_every_command_is_run() -> None:
    assert {*commands(_program)} == {*COMMANDS}


def test_nothing_leaks_through_a_command(
    client: FlaskClient, log: DecisionLog, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = [client.post(DECISIONS, json=one) for one in APPLICATIONS.values()]
    ids = [reply.get_json()["decision_id"] for reply in made if reply.status_code == 201]
    log.close()
    out = folder.parent / "out"
    out.mkdir()
    bad = folder.parent / "bad.json"
    bad.write_text(json.dumps(with_leader(id_number=[NUMBER], birth_date=NUMBER, sex=NUMBER)), encoding="utf-8")
    said = Written()
    codes = {}
    for name, calls in COMMANDS.items():
        for arguments in calls:
            filled = [one.format(id=ids[0], number=NUMBER, out=out, bad=bad) for one in arguments]
            capsys.readouterr()
            codes[name, *arguments] = run([*name.split(), *filled])
            spoken = capsys.readouterr()
            # What stands in the command line itself is on the screen already; an error may name it.
            named = NUMBER in " ".join(filled)
            for stream, text in (("out", spoken.out), ("err", spoken.err)):
                said.add(f"{name} {stream}", text.replace(NUMBER, "") if named else text)
    for path in sorted(out.iterdir()):
        said.add(path.name, path.read_bytes())
    assert [
        call for call, code in codes.items() if code not in (0, 1) and "{number}" not in call and "{bad}" not in call
    ] == []
    assert said.leaks() == []
    assert beside(folder).leaks() == []


def test_the_search_finds_what_it_is_for() -> None:
    for sample in (NUMBER, PHONE, "2037-04-18", "1977年4月18日", base64.b64encode(f"ab{NUMBER}".encode()).decode()):
        found = Written()
        found.add("here", f"x{sample}y")
        assert found.leaks()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("a.xml", hashlib.sha256(NUMBER.encode()).hexdigest())
    found = Written()
    found.add("here.xlsx", packed.getvalue())
    assert found.leaks() == ["here.xlsx!a.xml: number sha256 hex"]
