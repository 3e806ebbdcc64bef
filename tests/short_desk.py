"""`claimstake serve` with limits so tight that a test can meet them: `python short_desk.py DB '{"request": 1}'`."""

from __future__ import annotations

import argparse
import json

from claimstake.cli import serve
from claimstake.service.settings import Limits, Settings
from claimstake.threads import prefer_one

if __name__ == "__main__":
    prefer_one()
    parser = argparse.ArgumentParser()
    parser.add_argument("limits")
    parser.add_argument("--db")
    parser.add_argument("--port", type=int)
    parser.add_argument("--workers", type=int)
    asked = parser.parse_args()
    limits = Limits(**json.loads(asked.limits))
    settings = Settings(asked.db, port=asked.port, workers=asked.workers, limits=limits)
    serve.run(settings, None, open_=False, as_json=True, quiet=False)
