"""What the domain does in the background."""

from kizuna.domains.privacy.service import letters
from kizuna.kernel.jobs import Job

SEND_MAIL = Job(letters.SEND_MAIL, letters.send_letter, scope="long", queue="mail", retries=11)
"""2, 4, 8 … seconds apart, an hour in all: a mail server that greylists takes it on the way."""
CLEAN_UP_LETTERS = Job("privacy:clean_up_letters", letters.clean_up, scope="system", cron="23 4 * * *")
