"""``python -m benchmarks [PREFIX] [--rounds N]``: one line of JSON a figure, progress on standard error.

Each figure runs in a process of its own, so that none inherits what another has warmed.
"""

import argparse
import subprocess
import sys
from contextlib import nullcontext

from benchmarks.environment import services
from devtools.processes import Failed
from devtools.stack import ROOT

FIGURES = (
    "sign_in_cpu",
    "passkey_sign_in_cpu",  # prints two: over a password hash, over its signature
    "click_to_offer_p95_s",
    "page_weight_public_kb",
    "page_weight_console_kb",
    "growth_status",
    "import_accounts",  # prints two: import_accounts_per_s, import_accounts_peak_mb
    "intake",  # prints two: intake_errors, intake_offer_p99_s
    "streams_5000_kb",
    "streams_5000_p99_s",
    "takeover_judgement",  # prints eight: judgement_...; needs no services
)
WITHOUT_SERVICES = {"takeover_judgement"}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("prefix", nargs="?", default="", help="only figures whose names begin so")
    parser.add_argument("--rounds", type=int, help="fewer rounds than a steady figure needs, for a trial")
    chosen = parser.parse_args(arguments)
    names = [name for name in FIGURES if name.startswith(chosen.prefix)]
    if not names:
        print(f"No figure begins with {chosen.prefix!r}. There are: {', '.join(FIGURES)}", file=sys.stderr)
        return 2
    rounds = [str(chosen.rounds)] if chosen.rounds else []
    try:
        with nullcontext() if WITHOUT_SERVICES.issuperset(names) else services():
            ends = [
                subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *rounds], cwd=ROOT, check=False)
                for name in names
            ]
    except Failed as error:
        print(f"The figures cannot be measured: {error}", file=sys.stderr)
        return 1
    return max(end.returncode != 0 for end in ends)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
