"""The program that verifies exports without the service finds what the service finds."""

import base64
import importlib.util
import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from service.cli.program import run
from service.decisions.export import export_lines
from service.decisions.log import DecisionLog
from service.decisions.signing import rotate

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "tools" / "verify_log.py"
sys.path.insert(0, str(ROOT / "tests" / "decisions"))

from log_places import DATA, Place  # noqa: E402 - the places of the log's own tests

VECTORS = sorted((DATA / "tampering").glob("*.toml"))
ED25519 = json.loads((ROOT / "tests/data/notes/ed25519.json").read_text(encoding="utf-8"))["vectors"]
PROBES = json.loads((ROOT / "tests/data/merkle/probes.json").read_text(encoding="utf-8"))
NOTES = tomllib.loads((ROOT / "tests/data/notes/reference.toml").read_text(encoding="utf-8"))
# What only the database shows: columns, keys and tables beside the sealed part, triggers.
BESIDE = ("log-column-edited", "log-entry-lost", "log-key-gone", "log-trigger-missing", "log-successor", "log-access")


def load():
    spec = importlib.util.spec_from_file_location("verify_log", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


verify_log = load()


@pytest.fixture(scope="module")
def application():
    return json.loads((DATA / "application.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def whole(tmp_path_factory, application):
    """A log of nine entries, and its replies: 1 to 6 in batches of their own, 4 a policy change, 7 to 9 together."""
    place = Place(tmp_path_factory.mktemp("whole"), application)
    log = place.open()
    draft, replies = place.draft(log), []
    for sequence in range(1, 7):
        if sequence == 4:
            log.record_policy_change(new="r", files={}, requested_by="service", at=draft.on)
        else:
            replies.append(log.append(draft).reply)
    replies += [stored.reply for stored in log.append_together([draft] * 3)]
    log.close()
    return place, replies


@pytest.fixture
def copy(whole, tmp_path):
    shutil.copytree(whole[0].folder, tmp_path / "copy")
    place = Place(tmp_path / "copy", whole[0].application)
    yield place
    for log in place.opened:
        log.close()


def exported(place):
    path = place.folder / "log.jsonl"
    path.write_text("".join(export_lines(place.open(read_only=True))), encoding="utf-8")
    return path


def keys(place):
    path = place.folder / "verifier.keys"
    path.write_text("".join(f"{key}\n" for key in place.verifiers), encoding="utf-8")
    return path


def found(capsys, *arguments):
    capsys.readouterr()
    code = verify_log.main([*map(str, arguments), "--json"])
    said = json.loads(capsys.readouterr().out)
    assert code == (0 if said["sound"] else 1)
    assert all(fault["message"] for fault in said["faults"])
    return [[fault["code"], fault["params"]] for fault in said["faults"]]


@pytest.mark.parametrize("vector", ED25519, ids=lambda vector: vector["name"])
def test_its_own_signatures_are_those_of_the_standard(vector):
    public, message, signature = (bytes.fromhex(vector[name]) for name in ("public", "message", "signature"))
    for check in (verify_log.ed25519_in_python, verify_log.ed25519):
        assert check(public, message, signature)
        assert not check(public, message + b"!", signature)
        assert not check(public, message, signature[:-1] + bytes([signature[-1] ^ 1]))
        assert not check(public, message, bytes([signature[0] ^ 1]) + signature[1:])
        assert not check(bytes([public[0] ^ 1]) + public[1:], message, signature)
        assert not check(public, message, signature[:-1])
    # The same scalar written with the group order added must not count.
    scalar = int.from_bytes(signature[32:], "little") + verify_log.L
    longer = signature[:32] + scalar.to_bytes(32, "little")
    assert not verify_log.ed25519_in_python(public, message, longer)


def test_its_proofs_hold_where_the_reference_says_so_and_nowhere_else():
    raw = base64.b64decode
    for probe in PROBES["inclusion"]:
        proof, leaf, root = [raw(node) for node in probe["proof"]], raw(probe["leaf"]), raw(probe["root"])
        holds = len(leaf) == 32 and verify_log.included(leaf, probe["index"], probe["size"], proof, root)
        assert holds == probe["holds"], probe["name"]
    for probe in PROBES["consistency"]:
        proof, first, second = (
            [raw(node) for node in probe["proof"]],
            raw(probe["first_root"]),
            raw(probe["second_root"]),
        )
        assert verify_log.consistent(probe["first"], first, probe["second"], second, proof) == probe["holds"]


def test_it_reads_keys_as_the_reference_writes_them():
    assert verify_log.read_key(NOTES["peter"])[:2] == ("PeterNeumann", bytes.fromhex("c74f20a3"))
    for text in (*NOTES["bad_keys"], NOTES["peter"][:-1], NOTES["peter"][1:], ""):
        with pytest.raises(verify_log.NoteError):
            verify_log.read_key(text)


def test_a_log_nobody_touched_is_sound_with_either_ed25519(copy, capsys, monkeypatch):
    path, key = exported(copy), keys(copy)
    assert found(capsys, "export", path, "--key", key) == []
    monkeypatch.setattr(verify_log, "ed25519", verify_log.ed25519_in_python)
    assert found(capsys, "export", path, "--key", key, "--all-signatures") == []
    assert found(capsys, "export", path) == []


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_every_tampering_of_what_is_exported_is_found_and_named(copy, capsys, path):
    vector = tomllib.loads(path.read_text(encoding="utf-8"))
    if vector.get("only", "sqlite") != "sqlite":
        pytest.skip("the types of this kind of database let nobody do this")
    copy.tamper(*vector["sql"])
    wanted = [fault for fault in vector["found"] if not fault[0].startswith(BESIDE)]
    assert sorted(found(capsys, "export", exported(copy), "--key", keys(copy)), key=str) == sorted(wanted, key=str)


def test_a_cut_tail_and_a_rewritten_log_are_found_by_checkpoints_and_receipts(whole, copy, capsys, tmp_path):
    place, replies = whole
    (tmp_path / "reply.json").write_text(json.dumps(replies[-1]), encoding="utf-8")
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "000000000009.note").write_text(replies[-1]["receipt"]["checkpoint"], encoding="utf-8")
    key = keys(place)
    copy.tamper(
        "DELETE FROM keys WHERE decision_id IN (SELECT decision_id FROM entries WHERE sequence >= 7)",
        "DELETE FROM entries WHERE sequence >= 7",
        "DELETE FROM tree WHERE size >= 7",
    )
    cut = exported(copy)
    assert found(capsys, "export", cut, "--key", key) == []
    for option, value in (("--checkpoints", kept), ("--checkpoint", tmp_path / "reply.json")):
        assert [code for code, _ in found(capsys, "export", cut, "--key", key, option, value)] == [
            "log-witness-missing"
        ]
    other = Place(tmp_path / "other", copy.application)
    with DecisionLog.open(other.url, key_file=other.key_file) as log:
        for _ in range(9):
            log.append(other.draft(log))
    codes = [code for code, _ in found(capsys, "export", exported(other), "--key", key, "--checkpoints", kept)]
    assert codes == ["log-note-unknown", "log-witness-differs"]
    (kept / "000000000009.note").write_text("no checkpoint", encoding="utf-8")
    codes = [code for code, _ in found(capsys, "export", exported(place), "--key", key, "--checkpoints", kept)]
    assert codes == ["log-checkpoint-malformed"]
    for log in (*place.opened, *other.opened):
        log.close()


EDITS = {
    "nothing": (lambda r: None, []),
    "sequence": (lambda r: r["receipt"].update(sequence=2), ["receipt-not-included", "receipt-moved"]),
    "root": (
        lambda r: r["receipt"].update(root="sha256:" + "0" * 64),
        ["receipt-checkpoint-differs", "receipt-not-included"],
    ),
    "proof": (lambda r: r["receipt"].update(proof=[]), ["receipt-not-included"]),
    "checkpoint": (
        lambda r: r["receipt"].update(checkpoint=r["receipt"]["checkpoint"].replace("\n9\n", "\n8\n")),
        ["receipt-checkpoint-forged"],
    ),
    "no checkpoint": (lambda r: r["receipt"].update(checkpoint=None), ["receipt-unsigned"]),
    "verdict": (lambda r: r["overall"].update(status="ineligible"), ["receipt-reply-differs"]),
    "no entry": (lambda r: r["receipt"].pop("entry"), ["receipt-unreadable"]),
    "a text": (lambda r: r["overall"].update(explanation="其余从略"), ["receipt-texts-differ"]),
    "another salt": (lambda r: r["receipt"].update(salt="00" * 32), ["receipt-texts-differ"]),
    "salt no bytes": (lambda r: r["receipt"].update(salt="salt"), ["receipt-unreadable"]),
}


@pytest.mark.parametrize("edit", EDITS)
def test_every_edit_of_a_receipt_is_found(whole, capsys, tmp_path, edit):
    place, replies = whole
    reply = json.loads(json.dumps(replies[-1]))
    change, codes = EDITS[edit]
    change(reply)
    path = tmp_path / "reply.json"
    path.write_text(json.dumps(reply), encoding="utf-8")
    assert [code for code, _ in found(capsys, "receipt", path, "--key", keys(place))] == codes


def test_a_reply_without_its_salt_is_said_not_to_be_compared_whole(whole, capsys, tmp_path):
    place, replies = whole
    reply, path = json.loads(json.dumps(replies[0])), tmp_path / "reply.json"
    said = []
    for salt in (reply["receipt"]["salt"], None):
        reply["receipt"] = {**reply["receipt"], "salt": salt} if salt else {**reply["receipt"]}
        if salt is None:
            del reply["receipt"]["salt"]
        path.write_text(json.dumps(reply), encoding="utf-8")
        assert verify_log.main(["receipt", str(path), "--key", str(keys(place))]) == 0
        said.append("未核对" in capsys.readouterr().out)
    assert said == [False, True]


def test_a_proof_between_checkpoints_is_checked_without_the_log(copy, capsys, tmp_path, monkeypatch):
    log = copy.open(read_only=True)
    monkeypatch.setenv("ELIGIBILITY_DATABASE_URL", copy.url)
    monkeypatch.setenv("ELIGIBILITY_KEY_FILE", str(copy.key_file))
    old, new, proof = (tmp_path / name for name in ("old.note", "new.note", "proof.json"))
    with copy.raw() as connection:
        for path, size in ((old, 3), (new, 9)):
            (note,) = connection.execute("SELECT note FROM tree WHERE size = ?", (size,)).fetchone()
            path.write_text(note, encoding="utf-8")
    capsys.readouterr()
    assert run(["log", "consistency", str(old), str(new), "--format", "json"]) == 0
    proof.write_text(capsys.readouterr().out, encoding="utf-8")
    key = keys(copy)
    assert found(capsys, "consistency", proof, old, new, "--key", key) == []
    held = json.loads(proof.read_text(encoding="utf-8"))
    proof.write_text(json.dumps({"proof": held["proof"][::-1]}), encoding="utf-8")
    assert [code for code, _ in found(capsys, "consistency", proof, old, new, "--key", key)] == [
        "log-checkpoints-inconsistent"
    ]
    log.close()


def test_it_runs_by_itself_and_says_what_it_cannot_read(copy, tmp_path):
    rotate(copy.key_file.with_name("signing.key"))
    path, key = exported(copy), keys(copy)

    def ended(*arguments):
        # -I: neither this repository nor its environment is on the path; -S: no installed package either.
        command = [sys.executable, "-I", "-S", str(SCRIPT), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False, cwd=tmp_path)
        assert "Traceback" not in done.stderr
        return done.returncode, done.stdout + done.stderr

    code, text = ended("export", path, "--key", key)
    assert (code, "核验通过" in text) == (0, True)
    assert ended("export", key, "--key", key)[0] == 2
    assert ended("export", tmp_path / "none", "--key", key)[0] == 2
    assert ended("receipt", path)[0] == 2
    assert ended("export", path, "--key", "nonsense")[0] == 2
    path.write_text(path.read_text(encoding="utf-8") + "{\n", encoding="utf-8")
    assert ended("export", path)[0] == 2


def test_the_export_names_nothing_private(whole):
    place, _ = whole
    log = place.open(read_only=True)
    text = "".join(export_lines(log))
    log.close()
    sealed = "".join(
        base64.b64decode(json.loads(line)["public"]).decode() for line in text.splitlines() if '"entry"' in line
    )
    number = place.application["leader"]["id_number"]
    assert number not in text + sealed
    assert place.application["leader"]["name"] not in text + sealed


def test_the_command_writes_the_export_to_a_file_or_to_standard_output(copy, capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("ELIGIBILITY_DATABASE_URL", copy.url)
    monkeypatch.setenv("ELIGIBILITY_KEY_FILE", str(copy.key_file))
    target = tmp_path / "log.jsonl"
    assert run(["log", "export", "--output", str(target)]) == 0
    capsys.readouterr()
    assert run(["log", "export"]) == 0
    assert capsys.readouterr().out == target.read_text(encoding="utf-8") == exported(copy).read_text(encoding="utf-8")
    assert run(["log", "export", "--output", str(tmp_path / "no" / "log.jsonl")]) == 2
