"""What can go wrong between the hub and a source, in words that tell an engineer where and what to do.

No message ever holds a secret or a row's values: only places, codes, counts and names of fields.
"""

from __future__ import annotations


class ConnectorError(Exception):
    """A source that cannot be read. `str()` is `system.dataset at place: message; remedy`.

    `retryable`: the same call may succeed a moment later. `retry_after`: seconds the source asked us to wait.
    `code`: what the source itself calls it.
    `restart`: what was landed of this delivery is of no use any more; the next read must begin a new one.
    """

    def __init__(
        self,
        system: str,
        dataset: str | None,
        place: str,
        message: str,
        remedy: str,
        *,
        retryable: bool = False,
        retry_after: float | None = None,
        restart: bool = False,
        code: str | None = None,
    ) -> None:
        name = f"{system}.{dataset}" if dataset else system
        super().__init__(f"{name} at {place}: {message}; {remedy}")
        self.system = system
        self.dataset = dataset
        self.place = place
        self.message = message
        self.remedy = remedy
        self.retryable = retryable
        self.retry_after = retry_after
        self.restart = restart
        self.code = code


class AuthError(ConnectorError):
    """The source refuses who we are or what we ask for."""


class UnreachableError(ConnectorError):
    """No answer, or an answer that says the source is down or busy."""


class RestraintError(ConnectorError):
    """We keep ourselves from asking: the quota of the day is used up, or the source failed too often just now."""


class ProtocolError(ConnectorError):
    """An answer that is not what the declaration says: broken, of another form, or an error of the source."""


class IncompleteDeliveryError(ConnectorError):
    """A delivery that is not whole: no control file, truncated, or a count or checksum that does not match."""
