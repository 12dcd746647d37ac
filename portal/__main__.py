"""``python -m portal``: serve the governance view until Ctrl-C; `hub serve` starts it."""

from __future__ import annotations

import argparse

import uvicorn

from operations.settings import Settings
from portal.app import create_app


def main() -> None:
    """Serve on the address asked for; everything else comes from the home's settings."""
    parser = argparse.ArgumentParser(prog="python -m portal", description="Serve the governance view.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8141)
    asked = parser.parse_args()
    settings = Settings.from_env()
    settings.prepare()
    uvicorn.run(create_app(settings), host=asked.host, port=asked.port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
