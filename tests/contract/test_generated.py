"""What tools write is what they would write now."""

import subprocess
import sys

from contract.sources import ROOT


def test_public_packages_and_coverage_are_fresh() -> None:
    command = [sys.executable, str(ROOT / "tools" / "generate_api.py"), "--check"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
