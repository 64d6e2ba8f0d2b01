"""Mail by SMTP. Certificates are always verified, and a password never leaves without encryption."""

import ipaddress
import logging
import re
from dataclasses import dataclass, field
from email.message import EmailMessage
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib

from kizuna.kernel.errors import Invalid
from kizuna.kernel.mail import TransportError

logger = logging.getLogger(__name__)

TIMEOUT_S = 20
STARTTLS: dict[str, bool | None] = {"required": True, "auto": None, "never": False}
REPLY_CHARS_MAX = 200
_ADDRESS = re.compile(r"[^\s<>\"']+@[^\s<>\"']+")


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where mail is handed over. The password stays out of logs."""

    host: str
    port: int
    user: str | None
    password: str | None = field(repr=False)
    implicit_tls: bool
    start_tls: bool | None
    """True: or nothing is sent; None: where it is offered; False: never."""


def read_smtp_url(text: str) -> SmtpServer:
    """``smtp://user:password@host:587?starttls=required|auto|never`` or ``smtps://…``.

    STARTTLS is required unless the server is this machine. Raises ``Invalid``.
    """
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError as error:
        raise _not_an_address() from error
    starttls = parse_qs(url.query).get("starttls", [""])[0]
    if url.scheme not in ("smtp", "smtps") or not url.hostname or starttls not in ("", *STARTTLS):
        raise _not_an_address()
    implicit = url.scheme == "smtps"
    if not starttls:
        starttls = "never" if _is_loopback(url.hostname) else "required"
    if url.username and not implicit and starttls != "required" and not _is_loopback(url.hostname):
        raise Invalid(
            "smtp_url_invalid",
            "KIZUNA_SMTP_URL would send its password unencrypted; use smtps:// or ?starttls=required.",
        )
    return SmtpServer(
        host=url.hostname,
        port=port or (465 if implicit else 587),
        user=unquote(url.username) if url.username else None,
        password=unquote(url.password) if url.password else None,
        implicit_tls=implicit,
        start_tls=False if implicit else STARTTLS[starttls],
    )


def _not_an_address() -> Invalid:
    return Invalid(
        "smtp_url_invalid",
        "KIZUNA_SMTP_URL must be like smtps://user:password@mail.example.com:465 or "
        "smtp://user:password@mail.example.com:587?starttls=required.",
    )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class SmtpMailer:
    """Implements ``kernel.mail.Mailer``: one connection a message, as confirmations are few."""

    ready = True

    def __init__(self, server: SmtpServer, sender: str | None, public_url: str) -> None:
        self._server = server
        self._sender = sender or f"no-reply@{urlsplit(public_url).hostname or 'localhost'}"

    async def send(self, message: EmailMessage) -> None:
        if "From" not in message:
            message["From"] = self._sender
        try:
            async with self._connect() as client:
                await client.send_message(message)
        except aiosmtplib.SMTPRecipientsRefused as error:
            first = error.recipients[0]
            raise _refusal(first.code, first.message) from None  # the cause names the address
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise _failure(error) from None

    async def check(self) -> str:
        try:
            async with self._connect() as client:
                await client.noop()
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise _failure(error) from None
        return f"{self._server.host}:{self._server.port}"

    def _connect(self) -> aiosmtplib.SMTP:
        server = self._server
        return aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user,
            password=server.password,
            use_tls=server.implicit_tls,
            start_tls=server.start_tls,
            timeout=TIMEOUT_S,
        )


def _failure(error: Exception) -> TransportError:
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        # The operator can mend the password; the message should not be lost meanwhile.
        return TransportError("The mail server refuses the user name or password of KIZUNA_SMTP_URL.", permanent=False)
    if isinstance(error, aiosmtplib.SMTPConnectResponseError | aiosmtplib.SMTPHeloError):
        return TransportError(f"The mail server takes no mail just now: {_shorten(error.message)}.", permanent=False)
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return _refusal(error.code, error.message)
    if isinstance(error, ValueError):
        return TransportError("The address cannot be written into a mail.", permanent=True)
    return TransportError(f"The mail server cannot be reached: {_shorten(str(error))}.", permanent=False)


def _refusal(code: int, reply: str) -> TransportError:
    """By RFC 5321: 4yz may be tried again, 5yz may not."""
    return TransportError(f"The mail server answered {code} {_shorten(reply)}.", permanent=code >= 500)


def _shorten(reply: str) -> str:
    """What the server said, without the addresses in it."""
    return _ADDRESS.sub("(address)", " ".join(reply.split()))[:REPLY_CHARS_MAX].rstrip(".")


class NullMailer:
    """Where no mail server was given: says so each time something should have left."""

    ready = False

    async def send(self, message: EmailMessage) -> None:
        logger.warning("mail is not set up, so nothing was sent: set KIZUNA_SMTP_URL")
        raise TransportError("Mail is not set up; set KIZUNA_SMTP_URL.", permanent=True)

    async def check(self) -> str:
        raise TransportError("Mail is not set up; set KIZUNA_SMTP_URL.", permanent=True)
