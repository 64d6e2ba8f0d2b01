"""Mail as text and HTML, from the templates of ``templates/mail``: one file a letter and language."""

from email.message import EmailMessage
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from kizuna.domains.privacy.rules.theme import make_theme
from kizuna.domains.privacy.rules.words import CHANNEL_NAMES


@cache
def _environment(html: bool) -> Environment:
    return Environment(
        loader=PackageLoader("kizuna.domains.privacy", "templates/mail"),
        autoescape=html,  # noqa: S701  # the text part is no HTML: &amp; would stand there as it is
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render_mail(kind: str, language: str, values: dict[str, Any]) -> EmailMessage:
    """The message without sender, recipient and id. ``values`` are what the letter's template names."""
    theme = make_theme(values["brand"].color, values["brand"].radius)
    names = [CHANNEL_NAMES[language].get(one, one) for one in values.get("channels", ())]
    shown = values | {"language": language, "theme": theme, "channel_names": names}
    text = _environment(False).get_template(f"{kind}.{language}.html").render(shown, layout="letter.txt")
    html = _environment(True).get_template(f"{kind}.{language}.html").render(shown, layout="letter.html")
    subject, _, body = text.partition("\n")
    message = EmailMessage()
    message["Subject"] = " ".join(subject.split())
    message.set_content(body.strip() + "\n")
    message.add_alternative(html, subtype="html")
    return message
