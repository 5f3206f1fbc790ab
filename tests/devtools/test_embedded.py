"""What PostgreSQL and Valkey of a data folder leave behind."""

import subprocess
import sys

import pytest

from devtools import embedded
from devtools.stack import ROOT


@pytest.mark.parametrize("outside", [False, True], ids=["in the data folder", "outside the clone"])
def test_clean_takes_what_postgresql_keeps_away_with_it(tmp_path, outside):
    folder = embedded._shelter(tmp_path) if outside else tmp_path
    kept = folder / "pg"
    kept.mkdir()
    (kept / "PG_VERSION").write_text("18")
    subprocess.run([sys.executable, "-m", "devtools.embedded", str(tmp_path)], cwd=ROOT, check=True)
    assert not kept.exists()
    assert not embedded._shelter_path(tmp_path).exists()
    clean = (ROOT / "Makefile").read_text().partition("\nclean:\n")[2].partition("\n\n")[0]
    assert "-m devtools.embedded" in clean
