import subprocess
import sys
from pathlib import Path

from service.decisions.verification import verify

WRITER = Path(__file__).with_name("kill_writer.py")


def test_what_was_acknowledged_survives_kill_nine(at):
    acknowledged = {}
    for round_ in range(3):
        command = [sys.executable, str(WRITER), at.url, str(at.key_file)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="ascii") as process:
            lines = [process.stdout.readline() for _ in range(40 + 25 * round_)]
            process.kill()
            # Whole lines still in the pipe were acknowledged too.
            lines += [line for line in process.stdout if line.endswith("\n")]
        acknowledged.update(line.split() for line in lines)
        log = at.open()
        stored = {str(item.sequence): item.decision_id for item in log.list(limit=1_000_000)}
        report = verify(log)
        log.close()
        assert report.sound, [str(fault) for fault in report.faults]
        assert len(acknowledged) >= 40
        assert acknowledged.items() <= stored.items()
