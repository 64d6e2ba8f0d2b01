"""Mail transports: SMTP, or none."""

from kizuna.adapters.mail.smtp import NullMailer, SmtpMailer, read_smtp_url
from kizuna.kernel.mail import Mailer
from kizuna.kernel.settings import Settings


def open_mailer(settings: Settings) -> Mailer:
    """The transport the settings ask for. Raises ``Invalid`` for an address that is none."""
    if settings.smtp_url is None:
        return NullMailer()
    return SmtpMailer(read_smtp_url(settings.smtp_url), settings.mail_from, settings.public_url)
