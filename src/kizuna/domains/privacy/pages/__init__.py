"""Hosted pages of the customer's brand, under ``/p``."""

from kizuna.domains.privacy.pages.archive import download_archive
from kizuna.domains.privacy.pages.ask import ask_for_link, read_ask_page
from kizuna.domains.privacy.pages.confirm import confirm, read_confirm_page
from kizuna.domains.privacy.pages.preferences import read_preferences_page, save_preferences
from kizuna.domains.privacy.pages.style import read_style, read_theme
from kizuna.domains.privacy.pages.unsubscribe import read_unsubscribe_page, unsubscribe

HANDLERS = (
    read_ask_page,
    ask_for_link,
    read_preferences_page,
    save_preferences,
    read_unsubscribe_page,
    unsubscribe,
    read_confirm_page,
    confirm,
    download_archive,
    read_style,
    read_theme,
)
