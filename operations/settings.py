"""Where a hub lives and how much of the machine it may use: everything that comes from the environment.

`<home>/env` holds KEY=VALUE lines (mode 0600) with the URLs and credentials of one home. Importing this
module is cheap on purpose: every command and every DAG file does it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path

# China has kept one time without summer time since 1991, so a fixed offset needs no time zone database.
SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")

# Names what `<home>/env` put into the environment, so that a second home (in this process or in a child that
# inherited the environment) does not take the first home's addresses and credentials for its own.
LOADED_FROM_FILE = "HUB_ENV_LOADED"


class SettingsError(ValueError):
    """A setting that cannot be used; the message names the variable or the file and line, never a value."""


@dataclass(frozen=True)
class Settings:
    """One hub. Two homes share no file, so two hubs with different homes never meet."""

    home: Path
    memory_limit: str = "1GiB"  # DuckDB's own notation
    threads: int = 1  # of one DuckDB; the second of two costs half as much CPU again and its share of memory
    as_of: datetime | None = None  # naive Asia/Shanghai; set: the clock stands still
    operations_url: str = ""  # SQLAlchemy URL; empty becomes sqlite:///<home>/operations.db
    keep_versions: int = 5  # published versions that stay on disk
    quarantine_days: int = 365  # how long rejected rows stay on disk after they were closed
    key_days: int = 730  # an older key is to be rotated: at most two years by NIST SP 800-57 part 1 rev. 5, table 1
    smtp_url: str = field(default="", repr=False)  # smtp://, smtps:// or starttls://user:password@host:port
    mail_from: str = "hub141@localhost"  # sender of every mail, and who is told of escalations

    def __post_init__(self) -> None:
        object.__setattr__(self, "home", Path(self.home).expanduser().resolve())
        if not self.operations_url:
            object.__setattr__(self, "operations_url", f"sqlite:///{self.home}/operations.db")

    @property
    def build_path(self) -> Path:
        """The warehouse itself; only the writer opens it."""
        return self.home / "build.duckdb"

    @property
    def landing(self) -> Path:
        return self.home / "landing"

    @property
    def staging(self) -> Path:
        return self.home / "staging"

    @property
    def quarantine(self) -> Path:
        return self.home / "quarantine"

    @property
    def private(self) -> Path:
        return self.home / "private"

    @property
    def published(self) -> Path:
        return self.home / "published"

    @property
    def returns(self) -> Path:
        """What counties and departments take back, until they acknowledge it."""
        return self.home / "returns"

    @property
    def keys(self) -> Path:
        return self.home / "keys"

    @property
    def locks(self) -> Path:
        return self.home / "locks"

    @property
    def logs(self) -> Path:
        return self.home / "logs"

    @property
    def airflow(self) -> Path:
        return self.home / "airflow"

    @property
    def sandbox(self) -> Path:
        return self.home / "sandbox"

    @classmethod
    def from_env(cls, environ: MutableMapping[str, str] | None = None) -> Settings:
        """Settings from HUB_HOME, HUB_OPERATIONS_URL, HUB_AS_OF, HUB_SMTP_URL, HUB_MAIL_FROM and the limits
        (HUB_MEMORY_LIMIT, …).

        First puts what `<home>/env` says into `environ` (the process's own by default) where nothing is set
        yet. Raises SettingsError on a value or a line that cannot be read.
        """
        env = os.environ if environ is None else environ
        home = Path(env.get("HUB_HOME") or ".hub").expanduser().resolve()
        _load_env_file(home / "env", env)
        return cls(
            home=home,
            memory_limit=env.get("HUB_MEMORY_LIMIT") or cls.memory_limit,
            threads=_whole_number(env, "HUB_THREADS", cls.threads),
            as_of=_moment(env, "HUB_AS_OF"),
            operations_url=env.get("HUB_OPERATIONS_URL") or "",
            keep_versions=_whole_number(env, "HUB_KEEP_VERSIONS", cls.keep_versions),
            quarantine_days=_whole_number(env, "HUB_QUARANTINE_DAYS", cls.quarantine_days),
            key_days=_whole_number(env, "HUB_MAX_KEY_DAYS", cls.key_days),
            smtp_url=env.get("HUB_SMTP_URL") or "",
            mail_from=env.get("HUB_MAIL_FROM") or cls.mail_from,
        )

    def prepare(self) -> None:
        """Make the folders. What holds unmasked values or secrets is open to its owner alone (0700)."""
        for folder in (self.home, self.published, self.logs, self.sandbox):
            folder.mkdir(parents=True, exist_ok=True)
        for folder in (
            self.landing,
            self.staging,
            self.quarantine,
            self.private,
            self.returns,
            self.keys,
            self.locks,
            self.airflow,
        ):
            folder.mkdir(mode=0o700, exist_ok=True)
            folder.chmod(0o700)

    def clock(self) -> datetime:
        """Now as naive Asia/Shanghai time without microseconds, or `as_of` where that is set."""
        if self.as_of is not None:
            return self.as_of
        return datetime.now(SHANGHAI).replace(tzinfo=None, microsecond=0)


def _load_env_file(path: Path, env: MutableMapping[str, str]) -> None:
    loaded: dict[str, str] = json.loads(env.get(LOADED_FROM_FILE, "{}"))
    ours = {name for name, digest in loaded.items() if name in env and _digest(env[name]) == digest}
    given = {name: value for name, value in _env_lines(path).items() if name not in env or name in ours}
    # What stays is never taken away even for a moment, because another thread may be reading it.
    env.update(given)
    for name in ours - given.keys():
        del env[name]
    if given or loaded:
        env[LOADED_FROM_FILE] = json.dumps({name: _digest(value) for name, value in given.items()})


def _env_lines(path: Path) -> dict[str, str]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read ({type(error).__name__}); make it your own UTF-8 text") from None
    values: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if not equals or not name.strip().isidentifier():
            raise SettingsError(f"{path}:{number}: write KEY=VALUE, one a line")
        values[name.strip()] = value.strip()
    return values


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _whole_number(env: MutableMapping[str, str], name: str, default: int) -> int:
    text = env.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and int(text) >= 1):
        raise SettingsError(f"{name} must be a whole number of 1 or more")
    return int(text)


def _moment(env: MutableMapping[str, str], name: str) -> datetime | None:
    text = env.get(name)
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise SettingsError(f"{name} must be an ISO time such as 2026-06-30T08:00:00") from error
    if moment.tzinfo is not None:
        moment = moment.astimezone(SHANGHAI).replace(tzinfo=None)
    return moment.replace(microsecond=0)
