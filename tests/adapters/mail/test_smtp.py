"""Mail over a real SMTP server on loopback."""

import logging
from email.message import EmailMessage

import pytest

from kizuna.adapters.mail import NullMailer, SmtpMailer, read_smtp_url
from kizuna.kernel.errors import Invalid
from kizuna.kernel.mail import TransportError
from tests.installation import free_port
from tests.mailbox import mail_server, text_of


def make_message(to: str = "hanako@example.jp") -> EmailMessage:
    message = EmailMessage()
    message["To"] = to
    message["Subject"] = "ご確認のお願い"
    message.set_content("下のボタンを押してください。")
    return message


def mailer(url: str) -> SmtpMailer:
    return SmtpMailer(read_smtp_url(url), None, "https://kizuna.example.com")


async def test_a_message_arrives_with_its_sender_and_its_letters() -> None:
    with mail_server() as (box, url):
        await mailer(url).send(make_message())

    assert [str(one["From"]) for one in box.messages] == ["no-reply@kizuna.example.com"]
    assert box.messages[0]["Subject"] == "ご確認のお願い"
    assert "ボタン" in text_of(box.messages[0])


@pytest.mark.parametrize(("reply", "permanent"), [("451 4.7.1 Greylisted", False), ("550 5.1.1 No such user", True)])
async def test_a_refusal_says_whether_to_try_again_and_names_nobody(reply: str, permanent: bool) -> None:
    with mail_server() as (box, url):
        box.answers = [f"{reply} <hanako@example.jp>"]
        with pytest.raises(TransportError) as caught:
            await mailer(url).send(make_message())

    assert caught.value.permanent is permanent
    assert reply[:3] in caught.value.message
    assert "hanako" not in caught.value.message
    assert caught.value.__cause__ is None


async def test_a_server_that_is_away_is_tried_again() -> None:
    with pytest.raises(TransportError) as caught:
        await mailer(f"smtp://127.0.0.1:{free_port()}").send(make_message())

    assert not caught.value.permanent


async def test_without_encryption_nothing_is_sent_where_it_is_required() -> None:
    with mail_server() as (box, url), pytest.raises(TransportError):
        await mailer(f"{url}?starttls=required").send(make_message())

    assert box.messages == []


async def test_the_check_signs_in_and_sends_nothing() -> None:
    with mail_server() as (box, url):
        assert await mailer(url).check() == url.removeprefix("smtp://")

    assert box.messages == []


async def test_without_a_server_the_log_says_so(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING), pytest.raises(TransportError, match="KIZUNA_SMTP_URL"):
        await NullMailer().send(make_message())

    assert "KIZUNA_SMTP_URL" in caplog.text
    assert "hanako" not in caplog.text


def test_encryption_is_asked_for_unless_the_server_is_this_machine() -> None:
    assert read_smtp_url("smtp://a:b%40c@mail.example.com").start_tls is True
    assert read_smtp_url("smtp://a:b%40c@mail.example.com").password == "b@c"
    assert read_smtp_url("smtp://localhost").start_tls is False
    assert read_smtp_url("smtp://mail.example.com?starttls=auto").start_tls is None
    assert read_smtp_url("smtps://mail.example.com").port == 465
    assert "b@c" not in repr(read_smtp_url("smtp://a:b%40c@mail.example.com"))


@pytest.mark.parametrize(
    "url",
    [
        "mail.example.com",
        "http://mail.example.com",
        "smtp://",
        "smtp://h:port",
        "smtp://h?starttls=maybe",
        "smtp://user:secret@mail.example.com?starttls=never",
        "smtp://user:secret@mail.example.com?starttls=auto",
    ],
)
def test_what_is_no_address_of_a_mail_server_is_refused(url: str) -> None:
    with pytest.raises(Invalid, match="KIZUNA_SMTP_URL") as caught:
        read_smtp_url(url)
    assert "secret" not in caught.value.message
