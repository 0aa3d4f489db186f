import pytest

from service.decisions.faults import LogUnavailable
from service.decisions.replay import ABSENT, Difference, Outcome, compare, replay


@pytest.fixture
def stored(at, log):
    return log.append(at.draft(log, findings=({"about": "master", "result": "upheld"},)))


class Engine:
    """Answers with a fixed reply and keeps what it was asked."""

    def __init__(self, reply):
        self.reply = reply
        self.asked = None

    def __call__(self, policy_texts, application, findings, on):
        self.asked = (policy_texts, application, findings, on)
        return self.reply


def test_the_same_engine_gives_the_same_decision_from_stored_input(at, log, stored):
    engine = Engine(at.draft(log).reply)
    result = replay(log, stored.decision_id, engine)
    assert result.outcome is Outcome.SAME
    assert result.differences == ()
    texts, *rest = engine.asked
    assert rest == [at.application, stored.findings, stored.on]
    assert (texts.policy_id, texts.edition) == ("studio", "2024")
    assert texts.policy == b"policy: studio\n"
    assert texts.tables == {"levels": b"levels: [1, 2]\n"}


def test_every_field_that_differs_is_named(at, log, stored):
    reply = {**at.draft(log).reply, "missing": ({"pointer": "/a"},), "overall": {"status": "ineligible"}}
    result = replay(log, stored.decision_id, Engine(reply))
    assert result.outcome is Outcome.DIFFERENT
    assert result.differences == (
        Difference("/overall/status", "eligible", "ineligible"),
        Difference("/overall/explanation", "张志强距法定退休11年8个月", ABSENT),
        Difference("/missing/0", ABSENT, {"pointer": "/a"}),
    )


@pytest.mark.parametrize(
    ("then", "now", "pointers"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": True}, ["/a"]),
        ({"a": 1}, {"a": 1.0}, ["/a"]),
        ({"a": None}, {}, ["/a"]),
        ({"a/b~": [1, 2]}, {"a/b~": [1]}, ["/a~1b~0/1"]),
        ([], {}, [""]),
        ({}, {"x": 1, "y": 2}, ["/x", "/y"]),
    ],
)
def test_differences_are_json_pointers(then, now, pointers):
    assert [difference.pointer for difference in compare(then, now)] == pointers


def test_an_unknown_decision_is_none(log):
    assert replay(log, "nothing", Engine({})) is None


def test_an_erased_decision_says_erased(at, log, stored, codes):
    with at.raw() as connection:
        connection.execute("DELETE FROM keys")
    result = replay(log, stored.decision_id, Engine({}))
    assert result.outcome is Outcome.ERASED
    assert codes(result) == ["log-erased"]


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE entries SET private = x'00'", ["log-private-edited"]),
        ("UPDATE archive SET bytes = x'00'", ["log-archive-edited"]),
        ("DELETE FROM archive", ["log-archive-missing", "log-archive-missing"]),
        ("DELETE FROM archive WHERE kind = 'table'", ["log-archive-missing"]),
    ],
)
def test_a_decision_that_lost_what_it_needs_is_unreadable(at, log, codes, statement, found):
    stored = log.append(at.draft(log))
    at.tamper(statement)
    engine = Engine({})
    result = replay(log, stored.decision_id, engine)
    assert result.outcome is Outcome.UNREADABLE
    assert codes(result) == found
    assert engine.asked is None


def test_without_the_master_key_there_is_no_replay(at, log, stored):
    log.close()
    at.key_file.unlink()
    with pytest.raises(LogUnavailable):
        replay(at.open(read_only=True), stored.decision_id, Engine({}))
