"""The portal as production runs it; only its collected files lie in a folder of the run's own."""

import os
from pathlib import Path

from portal.settings import *  # noqa: F403

STATIC_ROOT = Path(os.environ["BENCHMARK_STATIC"])
