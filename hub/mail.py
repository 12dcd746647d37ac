"""Sends a mail through the server that HUB_SMTP_URL names. No message of an error quotes the URL: it has a password."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from urllib.parse import SplitResult, unquote, urlsplit

from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential

PORTS = {"smtp": 25, "smtps": 465, "starttls": 587}
TIMEOUT = 20.0
"""Seconds that the server may take to answer."""
ATTEMPTS = 3


class MailError(RuntimeError):
    """A mail that could not be sent; the message says why."""


class UnreachableError(MailError):
    """The mail server cannot be used at all just now, so trying another mail is of no use."""


def send(url: str, message: EmailMessage) -> None:
    """Send one mail, trying again what may pass. Raises MailError when it is refused, UnreachableError otherwise."""
    server = _server(url)
    passing = Retrying(
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_exponential(multiplier=0.2, max=5),
        retry=retry_if_exception(_may_pass),
        reraise=True,
    )
    try:
        passing(_deliver, server, message)
    except smtplib.SMTPAuthenticationError as error:
        raise UnreachableError(
            f"{server.hostname} does not accept the user of HUB_SMTP_URL ({error.smtp_code})"
        ) from None
    except smtplib.SMTPRecipientsRefused as error:
        codes = sorted({code for code, _ in error.recipients.values()})
        raise MailError(f"{server.hostname} refuses every recipient ({', '.join(map(str, codes))})") from None
    except smtplib.SMTPResponseException as error:
        raise MailError(f"{server.hostname} refuses the mail ({error.smtp_code})") from None
    except (OSError, smtplib.SMTPException) as error:
        raise UnreachableError(
            f"the mail server {server.hostname}:{_port(server)} cannot be used ({type(error).__name__})"
        ) from None


def _server(url: str) -> SplitResult:
    try:
        server = urlsplit(url)
        usable = server.scheme in PORTS and bool(server.hostname) and _port(server) > 0
    except ValueError:
        usable = False
    if not usable:
        raise UnreachableError(
            f"HUB_SMTP_URL: write one of {', '.join(f'{one}://user:password@host:port' for one in PORTS)}"
        )
    return server


def _port(server: SplitResult) -> int:
    return server.port or PORTS[server.scheme]


def _deliver(server: SplitResult, message: EmailMessage) -> None:
    with _session(server) as session:
        session.send_message(message)


@contextmanager
def _session(server: SplitResult) -> Iterator[smtplib.SMTP]:
    host, port = str(server.hostname), _port(server)
    encrypted = ssl.create_default_context()
    if server.scheme == "smtps":
        opened: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=TIMEOUT, context=encrypted)
    else:
        opened = smtplib.SMTP(host, port, timeout=TIMEOUT)
    with opened as session:
        if server.scheme == "starttls":
            session.starttls(context=encrypted)
        if server.username:
            session.login(unquote(server.username), unquote(server.password or ""))
        yield session


def _may_pass(error: BaseException) -> bool:
    """A reply of 4xx is transient by RFC 5321 section 4.2.1; so is a connection that broke."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(400 <= code < 500 for code, _ in error.recipients.values())
    if isinstance(error, smtplib.SMTPResponseException):
        return 400 <= error.smtp_code < 500
    return isinstance(error, OSError | smtplib.SMTPServerDisconnected) and not isinstance(error, ssl.SSLError)
