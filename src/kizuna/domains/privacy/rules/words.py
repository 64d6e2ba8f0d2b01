"""Words of hosted pages and letters that are not in a template."""

CHANNEL_NAMES: dict[str, dict[str, str]] = {
    "en": {
        "email": "E-mail",
        "sms": "SMS",
        "line": "LINE",
        "push": "App notifications",
        "phone": "Phone",
        "post": "Post",
        "ads": "Advertising on other sites",
    },
    "ja": {
        "email": "メール",
        "sms": "SMS",
        "line": "LINE",
        "push": "アプリのプッシュ通知",
        "phone": "電話",
        "post": "郵便",
        "ads": "他サイトでの広告",
    },
}
