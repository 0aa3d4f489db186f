#!/usr/bin/env python3
"""Verifies an export of the decision log, its checkpoints and receipts, with nothing of the service.

One file, Python 3.9 or newer; signatures by `cryptography` where it is installed, else by the Ed25519 below, which is
slow. An auditor takes this file and the public keys from where they trust, not from whom they audit.

Sources: RFC 9162 (tree), RFC 8032 (Ed25519), c2sp.org/signed-note, c2sp.org/tlog-checkpoint.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import json
import re
import sys
from pathlib import Path

USAGE = """
  eligibility log export --output 日志.jsonl
  python3 verify_log.py export 日志.jsonl --key verifier.keys --checkpoints 检查点目录
  python3 verify_log.py receipt 答复.json --key verifier.keys
  python3 verify_log.py consistency 证明.json 旧.note 新.note --key verifier.keys

选项：
  --key            公钥文件（verifier.keys）或公钥本身，可重复
  --checkpoints    检查点目录，可重复
  --checkpoint     一个检查点、回执或答复，可重复
  --all-signatures 核对每一批封存的签名；默认只核对最近的
  --json           以 JSON 输出

退出码：0 完好；1 发现问题；2 文件或公钥不能读取。"""
FORMAT = "eligibility-log/1"
# How many signatures are verified, the newest ones, unless all are asked for.
SIGNATURES = 20_000
SIGNATURES_IN_PYTHON = 500
EMPTY_ROOT = hashlib.sha256(b"").digest()

MESSAGES = {
    "log-entry-edited": "第 {sequence} 条的公开部分被改动，与封存时不符",
    "log-entry-unreadable": "第 {sequence} 条的公开部分无法读出",
    "log-entry-moved": "第 {sequence} 条的位置被调换：其内容写明是第 {written} 条",
    "log-entry-missing": "第 {first} 条至第 {last} 条缺失",
    "log-tail-cut": "日志末尾被截断：第 {first} 条至第 {last} 条缺失",
    "log-private-edited": "第 {sequence} 条的非公开部分被改动，与公开部分中的承诺不符",
    "log-tree-edited": "封存树在第 {size} 条处的记录被改动",
    "log-tree-missing": "第 {size} 条处的封存记录（树根和签名）被整行删去",
    "log-root-differs": "第 {first} 条至第 {last} 条的封存树根与重新计算的不符，其中有条目被改写",
    "log-unsealed": "第 {first} 条至第 {last} 条没有封存记录",
    "log-note-edited": "第 {size} 条处封存树的签名与封存树不符，被改动",
    "log-note-unknown": "第 {size} 条处封存树不是用已知公钥签名的：签名的是 {key}",
    "log-note-missing": "第 {size} 条处封存树的签名被删去",
    "log-witness-differs": "前 {size} 条的树根与外部留存的检查点（{source}）不符，日志曾被重写",
    "log-witness-missing": "外部留存的检查点（{source}）表明日志至少有 {size} 条，现已无法重新计算",
    "log-checkpoint-malformed": "检查点文件 {source} 的内容不是检查点，或与文件名不符",
    "log-checkpoint-unknown": "检查点文件 {source} 不是用已知公钥签名的；换过签名密钥的，请用更换之后的公钥文件",
    "log-checkpoint-forged": "检查点文件 {source} 的签名与内容不符，文件被改动",
    "log-archive-edited": "存档文本（{kind} {name}，{digest}）被改动",
    "log-archive-missing": "第 {sequence} 条引用的文本（{digest}）没有存档",
    "receipt-unreadable": "不是回执，也不是带回执的答复",
    "receipt-unsigned": "回执没有检查点，无从核对签名：该条目写入时日志尚未签名",
    "receipt-checkpoint-malformed": "回执中的检查点读不出来，被改动过",
    "receipt-checkpoint-unknown": "回执中的检查点不是用已知公钥签名的；换过签名密钥的，请用更换之后的公钥文件",
    "receipt-checkpoint-forged": "回执中检查点的签名与内容不符，被改动过",
    "receipt-checkpoint-differs": "回执的条目数或树根与其检查点（共 {size} 条）不符，被改动过",
    "receipt-not-included": "证明不能从第 {sequence} 条推出树根：条目、序号或证明被改动过",
    "receipt-moved": "回执写明是第 {sequence} 条，而封存的条目写明是第 {written} 条",
    "receipt-reply-differs": "答复的 {pointer} 与封存的条目不符，答复被改动过",
    "receipt-texts-differ": "答复中的文字（理由、要求、所见、清单等）与封存的不符，答复被改动过",
    "log-checkpoints-inconsistent": "检查点不一致：从 {first} 条到 {second} 条之间，日志曾被改写，或证明有误",
}


class UnreadableError(Exception):
    """A file or key that cannot be read; said in words for people."""


class NoteError(Exception):
    """No checkpoint (malformed), signed by no known key (unknown), or not by the key it names (forged)."""


# ---- Ed25519 (RFC 8032, 5.1.7) ----------------------------------------------------------------------------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


def point_add(first, second):
    """The sum of two points (X, Y, Z, T), where x = X/Z, y = Y/Z, xy = T/Z."""
    a = (first[1] - first[0]) * (second[1] - second[0]) % P
    b = (first[1] + first[0]) * (second[1] + second[0]) % P
    c = 2 * first[3] * second[3] * D % P
    d = 2 * first[2] * second[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def point_times(scalar, point):
    """A multiple of a point."""
    result = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = point_add(result, point)
        point = point_add(point, point)
        scalar >>= 1
    return result


def point_equal(first, second):
    """Whether two points are one."""
    return (first[0] * second[2] - second[0] * first[2]) % P == 0 and (
        first[1] * second[2] - second[1] * first[2]
    ) % P == 0


def point_read(raw):
    """The point that 32 bytes write; None where they write none."""
    y = int.from_bytes(raw, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if y >= P:
        return None
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - x2) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


BASE = point_read((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def ed25519_in_python(public, message, signature):
    """Whether the signature is of this public key."""
    if len(public) != 32 or len(signature) != 64:
        return False
    key, commitment = point_read(public), point_read(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if key is None or commitment is None or scalar >= L:
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    return point_equal(point_times(scalar, BASE), point_add(commitment, point_times(challenge, key)))


try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:
    ed25519 = ed25519_in_python
    FAST = False
else:
    FAST = True

    def ed25519(public, message, signature):
        """Whether the signature is of this public key."""
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


# ---- Signed checkpoints ----------------------------------------------------------------------------------------------


def unbase64(text):
    """What Base64 writes, in its one writing."""
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError as fault:
        raise NoteError("malformed") from fault
    if base64.b64encode(raw).decode("ascii") != text:
        raise NoteError("malformed")
    return raw


def read_key(text):
    """A verifier key as (name, key id, 32 bytes)."""
    name, _, rest = text.partition("+")
    identity, _, encoded = rest.partition("+")
    raw = unbase64(encoded)
    known = hashlib.sha256(name.encode("utf-8") + b"\n" + raw).digest()[:4]
    if not name or raw[:1] != b"\x01" or len(raw) != 33 or identity != known.hex():
        raise NoteError("malformed")
    return name, known, raw[1:]


def split_note(note):
    """Text, origin, size, root and signatures {(name, key id): signature} of a checkpoint, unverified."""
    text, blank, lines = note.rpartition("\n\n")
    text += "\n"
    written = lines.split("\n")
    if not blank or written.pop() or not 1 <= len(written) <= 100 or re.search(r"[\x00-\x09\x0b-\x1f]", note):
        raise NoteError("malformed")
    signatures = {}
    for line in written:
        found = re.fullmatch(r"— ([^\s+]+) ([^ ]+)", line)
        raw = unbase64(found[2]) if found else b""
        if len(raw) <= 4:
            raise NoteError("malformed")
        signatures.setdefault((found[1], raw[:4]), raw[4:])
    stated = text.split("\n")
    if len(stated) < 4 or stated.pop() or not all(stated) or not re.fullmatch("0|[1-9][0-9]{0,18}", stated[1]):
        raise NoteError("malformed")
    root = unbase64(stated[2])
    if len(root) != 32:
        raise NoteError("malformed")
    return text, stated[0], int(stated[1]), root, signatures


def open_note(note, keys):
    """Size and root of a checkpoint; without keys its signature is not looked at."""
    text, origin, size, root, signatures = split_note(note)
    signed = not keys
    for (name, identity), signature in signatures.items():
        known = [key for key in keys if key[:2] == (name, identity)]
        if known and not any(ed25519(key[2], text.encode("utf-8"), signature) for key in known):
            raise NoteError("forged")
        signed = signed or bool(known and name == origin)
    if not signed:
        raise NoteError("unknown")
    return size, root


# ---- The tree (RFC 9162, 2.1) -------------------------------------------------------------------------------------


def node(left, right):
    """The node above two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """A growing tree: the roots of its full subtrees, widest first."""

    def __init__(self, size=0, peaks=()):
        self.size = size
        self.peaks = list(peaks)

    def add(self, leaf):
        """Add a leaf hash."""
        rest = self.size
        while rest & 1:
            leaf = node(self.peaks.pop(), leaf)
            rest >>= 1
        self.peaks.append(leaf)
        self.size += 1

    def root(self):
        """The root."""
        if not self.peaks:
            return EMPTY_ROOT
        result = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            result = node(peak, result)
        return result


def included(leaf, index, size, proof, root):
    """Whether the proof leads from the leaf at `index` (from 0) to the root (2.1.3.2)."""
    if not 0 <= index < size:
        return False
    last = size - 1
    for sibling in proof:
        if last == 0:
            return False
        if index & 1 or index == last:
            leaf = node(sibling, leaf)
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            leaf = node(leaf, sibling)
        index, last = index >> 1, last >> 1
    return last == 0 and leaf == root


def consistent(first, first_root, second, second_root, proof):
    """Whether the proof shows the first tree to be a prefix of the second (2.1.4.2)."""
    if not 0 < first <= second:
        return False
    if first == second:
        return not proof and first_root == second_root
    nodes = [first_root, *proof] if first & (first - 1) == 0 else list(proof)
    if not nodes:
        return False
    index, last = first - 1, second - 1
    while index & 1:
        index, last = index >> 1, last >> 1
    old = new = nodes[0]
    for sibling in nodes[1:]:
        if last == 0:
            return False
        if index & 1 or index == last:
            old, new = node(sibling, old), node(sibling, new)
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            new = node(new, sibling)
        index, last = index >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root


# ---- An export --------------------------------------------------------------------------------------------------


class Export:
    """An export looked at line by line; `faults` are (code, parameters)."""

    def __init__(self, keys, witnesses, all_signatures, trees):
        self.keys = keys
        self.witnesses = witnesses
        limit = SIGNATURES if FAST else SIGNATURES_IN_PYTHON
        # After so many trees signatures are verified.
        self.signatures_from = 0 if all_signatures else trees - limit
        self.faults = []
        self.missing = []
        # Entries missing before those read since the last tree; behind the last one nothing says what was there.
        self.gaps = []
        self.named = {}
        self.gone = set()
        self.tree = Tree()
        self.batch = []
        self.entries = self.trees = self.signatures = 0
        self.expected = 1
        self.sealed = 0
        self.whole = True
        self.signed = False
        self.strange = False

    def fault(self, code, **params):
        """Note a fault."""
        self.faults.append((code, params))

    def line(self, line):
        """One line of the export."""
        if "entry" in line:
            self.entry(line["entry"], base64.b64decode(line["public"]), base64.b64decode(line["leaf"]), line["private"])
        elif "tree" in line:
            self.head(line["tree"], base64.b64decode(line["root"]), base64.b64decode(line["frontier"]), line["note"])
        elif "text" in line:
            if line["text"] != line["stored"]:
                self.fault("log-archive-edited", digest=line["text"], kind=line["kind"], name=line["name"])
            self.named.pop(line["text"], None)

    def entry(self, sequence, public, leaf, private):
        """Hold an entry against its leaf and against itself."""
        self.entries += 1
        if sequence > self.expected:
            self.gaps.append((self.expected, sequence - 1))
            self.whole = False
        self.expected = sequence + 1
        edited = hashlib.sha256(b"\x00" + public).digest() != leaf
        if edited:
            self.fault("log-entry-edited", sequence=sequence)
        self.batch.append(sequence)
        if self.whole:
            self.tree.add(leaf)
            self.witness(sequence, self.tree.root() if sequence in self.witnesses else b"")
        try:
            sealed = json.loads(public)
            written, committed = sealed["sequence"], sealed["private_digest"]
            texts = [sealed["policy"]] if sealed.get("policy") else []
            digests = [text["digest"] for text in (*texts, *sealed.get("tables", ()), *sealed.get("files", ()))]
        except (AttributeError, KeyError, TypeError, ValueError):
            self.fault("log-entry-unreadable", sequence=sequence)
            return
        if written != sequence:
            self.fault("log-entry-moved", sequence=sequence, written=written)
        elif not edited:
            self.follows(sealed.get("tree_before"))
        if private != committed:
            self.fault("log-private-edited", sequence=sequence)
        for value in digests:
            self.named.setdefault(value, sequence)

    def follows(self, size):
        """The batch was added to the tree before it, or the tree that the entry names is gone."""
        if type(size) is int and size > self.sealed and size not in self.gone:
            self.gone.add(size)
            self.fault("log-tree-missing", size=size)

    def head(self, size, root, raw, note):
        """Hold the tree stored after a batch against the leaves; go on from the stored one if it is sound."""
        self.trees += 1
        if self.expected <= size:
            self.gaps.append((self.expected, size))
            self.expected = size + 1
            self.whole = False
        for first, last in self.gaps:
            self.lack(first, last)
        stored = Tree(size, [raw[at : at + 32] for at in range(0, len(raw), 32)])
        sound = len(raw) == 32 * bin(size).count("1") and stored.root() == root
        stated = root
        if not sound:
            self.fault("log-tree-edited", size=size)
            stated = self.tree.root() if self.whole else root
        elif self.whole and self.tree.root() != root:
            self.fault("log-root-differs", first=self.sealed + 1, last=size)
        if sound:
            self.tree = stored
        elif not self.whole:
            self.tree = Tree(size, [b""] * bin(size).count("1"))
        self.note(size, stated, note)
        self.witness(size, root)
        self.sealed, self.batch, self.gaps, self.whole = size, [], [], True

    def note(self, size, root, note):
        """Hold a note against its tree, and its signature against the keys."""
        if note is None:
            if self.signed:
                self.fault("log-note-missing", size=size)
            return
        self.signed = True
        try:
            _, _, stated, stated_root, signed = split_note(note)
            if (stated, stated_root) != (size, root):
                raise NoteError("forged")
            if self.keys and self.trees > self.signatures_from:
                self.signatures += 1
                open_note(note, self.keys)
        except NoteError as fault:
            unknown = str(fault) == "unknown"
            if not unknown:
                self.fault("log-note-edited", size=size)
            elif not self.strange:
                self.fault("log-note-unknown", size=size, key="、".join(f"{name}+{key.hex()}" for name, key in signed))
            self.strange = self.strange or unknown

    def witness(self, size, root):
        """Hold a tree against those seen outside."""
        for source, known in self.witnesses.pop(size, ()) if root else ():
            if known != root:
                self.fault("log-witness-differs", size=size, source=source)

    def lack(self, first, last):
        """Note missing entries; runs that touch are one."""
        if self.missing and self.missing[-1][1] == first - 1:
            first = self.missing.pop()[0]
        self.missing.append((first, last))

    def end(self):
        """Say what only the end of the export shows."""
        for first, last in self.missing:
            cut = last == self.sealed and not self.batch
            self.fault("log-tail-cut" if cut else "log-entry-missing", first=first, last=last)
        if self.batch:
            self.fault("log-unsealed", first=self.batch[0], last=self.batch[-1])
        for size in sorted(self.witnesses):
            for source, _ in self.witnesses[size]:
                self.fault("log-witness-missing", size=size, source=source)
        for value, sequence in self.named.items():
            self.fault("log-archive-missing", digest=value, sequence=sequence)


def verify_export(path, keys, witnesses, all_signatures=False):
    """The Export of a file, looked at to its end."""
    trees = 0
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            trees += line.startswith('{"tree":')
            if number == 0 and line.strip() != f'{{"log":"{FORMAT}"}}':
                raise UnreadableError(f"{path} 不是决定日志的导出")
    export = Export(keys, witnesses, all_signatures, trees)
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                export.line(json.loads(line))
            except (KeyError, TypeError, ValueError) as fault:
                raise UnreadableError(f"{path} 第 {number} 行读不出来") from fault
            if sys.stderr.isatty() and number % 20_000 == 0:
                sys.stderr.write(f"\r已核验 {export.entries} 条")
    export.end()
    return export


# ---- A receipt --------------------------------------------------------------------------------------------------


def has_texts(value):
    """Whether all that a reply says can be held against the seal: it is not masked, and the entry holds its digest."""
    try:
        return bool(bytes.fromhex(value["receipt"]["salt"])) and "reply_digest" in json.loads(value["receipt"]["entry"])
    except (KeyError, TypeError, ValueError):
        return False


def as_sealed(reply, entry):
    """Whether a reply is, to the last character, the one that the entry holds the digest of."""
    said = {name: item for name, item in reply.items() if name != "receipt"}
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    sealed = hmac.new(bytes.fromhex(reply["receipt"]["salt"]), text.encode("utf-8", "replace"), "sha256")
    return entry["reply_digest"] == f"hmac-sha256:{sealed.hexdigest()}"


def verify_receipt(value, keys):
    """What does not hold of a reply or a receipt: (code, parameters)."""
    whole = isinstance(value, dict) and "receipt" in value
    try:
        receipt = value["receipt"] if whole else value
        sequence, size, note = receipt["sequence"], receipt["tree_size"], receipt["checkpoint"]
        root = bytes.fromhex(receipt["root"].split("sha256:", 1)[1])
        proof = [base64.b64decode(item, validate=True) for item in receipt["proof"]]
        raw = receipt["entry"].encode("utf-8", "surrogateescape")
        bytes.fromhex(receipt.get("salt", ""))
        entry = json.loads(raw)
        if type(sequence) is not int or type(size) is not int or not isinstance(entry, dict):
            raise ValueError
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        return [("receipt-unreadable", {})]
    faults = []
    if note is None:
        faults.append(("receipt-unsigned", {}))
    else:
        try:
            stated = open_note(note, keys)
            if stated != (size, root):
                faults.append(("receipt-checkpoint-differs", {"size": stated[0]}))
        except NoteError as fault:
            faults.append((f"receipt-checkpoint-{fault}", {}))
    if not included(hashlib.sha256(b"\x00" + raw).digest(), sequence - 1, size, proof, root):
        faults.append(("receipt-not-included", {"sequence": sequence}))
    if entry.get("sequence") != sequence:
        faults.append(("receipt-moved", {"sequence": sequence, "written": entry.get("sequence")}))
    if whole:
        found = [("receipt-reply-differs", {"pointer": pointer}) for pointer in differing(value, entry)]
        if has_texts(value) and not found and not as_sealed(value, entry):
            found = [("receipt-texts-differ", {})]
        faults += found
    return faults


def mapping(value):
    """A JSON object; anything else as an empty one."""
    return value if isinstance(value, dict) else {}


def differing(reply, entry):
    """Pointers to what a reply says otherwise than the sealed entry."""
    for name in ("decision_id", "decided_at", "requested_by"):
        if reply.get(name) != entry.get(name):
            yield f"/{name}"
    for name in ("id", "edition", "digest"):
        used = mapping(reply.get("policy"))
        if name in used and used[name] != mapping(entry.get("policy")).get(name):
            yield f"/policy/{name}"
    if mapping(reply.get("overall")).get("status") != entry.get("overall"):
        yield "/overall/status"
    sections = [(name, f"/{name}", reply.get(name)) for name in ("scope", "materials", "formalities")]
    for group in ("criteria", "tiers"):
        sections += [(name, f"/{group}/{name}", item) for name, item in mapping(reply.get(group)).items()]
    shown = {name for name, _, section in sections if isinstance(section, dict)}
    for name in mapping(entry.get("conditions")):
        # A preference is told by its label alone.
        if "." not in name and name not in shown and name != "preferences":
            yield f"/{name}"
    for name, pointer, section in sections:
        yield from conditions(name, name, pointer, mapping(section), mapping(entry.get("conditions")))


def conditions(section, name, pointer, verdict, known):
    """The same of a section and the conditions in it."""
    for member in ("status", "machine_status", "deciding"):
        if member in verdict and member in mapping(known.get(name)) and verdict[member] != known[name][member]:
            yield f"{pointer}/{member}"
    for index, item in enumerate(verdict.get("conditions") or ()):
        inner = f"{section}.{mapping(item).get('id')}"
        yield from conditions(section, inner, f"{pointer}/conditions/{index}", mapping(item), known)


# ---- The command line -------------------------------------------------------------------------------------------


def read(path):
    """The text of a file."""
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise UnreadableError(f"{path} 不能读取") from fault


def read_json(path):
    """The JSON of a file."""
    try:
        return json.loads(read(path))
    except ValueError as fault:
        raise UnreadableError(f"{path} 不是 JSON") from fault


def read_keys(given):
    """Verifier keys from files of them, or as given."""
    keys = []
    for item in given:
        lines = read(item).splitlines() if Path(item).exists() else [item]
        for line in lines:
            content = line.split("#", 1)[0].strip()
            if content:
                try:
                    keys.append(read_key(content))
                except NoteError as fault:
                    raise UnreadableError(f"{item} 不是公钥，也不是公钥文件") from fault
    return keys


def note_of(path):
    """A checkpoint from its file, or from a reply or receipt."""
    text = read(path)
    if not text.lstrip().startswith("{"):
        return text
    held = read_json(path)
    note = mapping(held.get("receipt", held)).get("checkpoint")
    if not isinstance(note, str):
        raise NoteError("malformed")
    return note


def read_witnesses(files, folders, keys):
    """Trees seen outside, {size: [(source, root)]}, and what is wrong with those that do not count."""
    witnesses, faults = {}, []
    kept = [(path, path.stem) for folder in folders for path in sorted(Path(folder).glob("*.note"))]
    for path, named in [*kept, *((Path(item), None) for item in files)]:
        try:
            size, root = open_note(note_of(path), keys)
            if named is not None and named != f"{size:012}":
                raise NoteError("malformed")
            witnesses.setdefault(size, []).append((str(path), root))
        except NoteError as fault:
            faults.append((f"log-checkpoint-{fault}", {"source": str(path)}))
    return witnesses, faults


def verify_consistency(proof_path, old, new, keys):
    """What does not hold between two checkpoints."""
    try:
        (first, first_root), (second, second_root) = (open_note(note_of(path), keys) for path in (old, new))
        proof = [unbase64(item) for item in read_json(proof_path)["proof"]]
    except NoteError as fault:
        return [(f"log-checkpoint-{fault}", {"source": f"{old}、{new}"})]
    except (KeyError, TypeError) as fault:
        raise UnreadableError(f"{proof_path} 不是一致性证明") from fault
    if consistent(first, first_root, second, second_root, proof):
        return []
    return [("log-checkpoints-inconsistent", {"first": first, "second": second})]


def main(arguments=None):
    """Run one command line; its exit code."""
    parser = argparse.ArgumentParser(description="核验决定日志的导出、检查点和回执。", usage=USAGE)
    parser.add_argument("what", choices=("export", "receipt", "consistency"))
    parser.add_argument("files", nargs="+")
    parser.add_argument("--key", action="append", default=[])
    parser.add_argument("--checkpoint", action="append", default=[])
    parser.add_argument("--checkpoints", action="append", default=[])
    parser.add_argument("--all-signatures", action="store_true")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    if len(given.files) != {"export": 1, "receipt": 1, "consistency": 3}[given.what]:
        parser.error("文件的个数不对")
    try:
        for folder in given.checkpoints:
            if not Path(folder).is_dir():
                raise UnreadableError(f"{folder} 没有这个检查点目录")
        keys = read_keys(given.key)
        about = {}
        if given.what == "export":
            witnesses, strange = read_witnesses(given.checkpoint, given.checkpoints, keys)
            export = verify_export(given.files[0], keys, witnesses, given.all_signatures)
            faults = [*export.faults, *strange]
            about = {
                "entries": export.entries,
                "trees": export.trees,
                "signatures": export.signatures,
                "tree_size": export.sealed,
                "root": f"sha256:{export.tree.root().hex()}",
            }
        elif not keys:
            raise UnreadableError("请用 --key 给出公钥文件或公钥本身")
        elif given.what == "receipt":
            held = read_json(given.files[0])
            faults = verify_receipt(held, keys)
            about = {"texts": has_texts(held)}
        else:
            faults = verify_consistency(*given.files, keys)
    except (OSError, UnreadableError) as fault:
        sys.stderr.write(f"错误：{fault}\n")
        return 2
    if given.json:
        found = [
            {"code": code, "message": MESSAGES[code].format(**params), "params": params} for code, params in faults
        ]
        sys.stdout.write(
            json.dumps({"sound": not faults, **about, "faults": found}, ensure_ascii=False, indent=2) + "\n"
        )
        return 1 if faults else 0
    if "texts" in about:
        told = "与封存核对" if about.pop("texts") else "未核对（单独的回执、已遮蔽的答复、没有封存文字的旧条目）"
        sys.stdout.write(f"说明文字：{told}\n")
    labels = {"entries": "条目", "trees": "封存批次", "signatures": "已核对签名", "tree_size": "封存树", "root": "树根"}
    for name, value in about.items():
        sys.stdout.write(f"{labels[name]}：{value}\n")
    if given.what == "export" and not keys:
        sys.stdout.write("没有给出公钥，签名未核对\n")
    for code, params in faults:
        sys.stdout.write(f"· {MESSAGES[code].format(**params)}\n")
    sys.stdout.write("核验通过\n" if not faults else f"发现 {len(faults)} 个问题\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
