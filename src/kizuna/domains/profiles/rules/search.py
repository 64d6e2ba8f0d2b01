"""Search tokens: what makes one million profiles findable by one character of Japanese.

A profile's names, addresses, numbers and ids are cut into overlapping pieces; a hash of each piece
stands in an integer array under a GIN index. (``pg_trgm`` is not in every PostgreSQL, and finds
nothing below three characters.)

- pieces with a character of a script without spaces: every single such character and every pair;
- other text: every three characters, and the first one and two of each word, for ``ta`` should find
  Tanaka, and not every ``@yahoo…``.

Hashes may collide, and pieces may stand in another order: hits are compared with the text itself.
"""

import re
from collections.abc import Iterable
from zlib import crc32

from kizuna.domains.profiles.rules.names import CJK_CHARS, fold_text

TERMS_MAX = 8
QUERY_CHARS_MAX = 200
FIELD_CHARS_MAX = 255
FIELDS_MAX = 40
_SEPARATOR = "\n"
_NUMBER = re.compile(r"\+?[0-9][0-9().\-]*")
_CJK = re.compile(f"[{CJK_CHARS}]")
_WORDS = re.compile(r"[^\W_]+")
_WORD_STARTS = re.compile(r"(?:(?<=[\W_])|^)[^\W_].?")
_PUNCTUATION = str.maketrans("", "", "+-().")


def search_fields(name: str | None, kana: str | None, numbers: Iterable[str], others: Iterable[str]) -> list[str]:
    """Folded fields that a search looks into. ``numbers`` are E.164; spaces in names do not count."""
    fields = [fold_text(text).replace(" ", "") for text in (name, kana) if text]
    for number in numbers:
        # Both as written abroad and at home (090…): a country code is one to three digits long.
        fields.append(number.lstrip("+"))
        fields.extend("0" + number[cut:] for cut in _national_cuts(number))
    for other in others:
        folded = fold_text(other)
        fields.append(folded)
        if _NUMBER.fullmatch(folded) and folded != folded.translate(_PUNCTUATION):
            fields.append(folded.translate(_PUNCTUATION))
    return [field[:FIELD_CHARS_MAX] for field in dict.fromkeys(fields)][:FIELDS_MAX]


def search_text(fields: Iterable[str]) -> str:
    """One text of all fields; a term never matches across two of them."""
    return _SEPARATOR.join(fields)


def search_tokens(workspace_id: int, fields: Iterable[str]) -> list[int]:
    """Hashes of all pieces of ``fields``, ascending, without doubles."""
    pieces: set[str] = set()
    for field in fields:
        pieces.update(_pieces_of_field(field))
    return _hash_pieces(workspace_id, pieces)


def query_terms(query: str) -> list[str]:
    """The folded terms of what a person typed; a profile must contain each of them."""
    plain = query[:QUERY_CHARS_MAX].encode("utf-8", "replace").decode().replace("\0", " ")
    folded = fold_text(plain.replace("\u3000", " "))
    if _NUMBER.fullmatch(joined := "".join(folded.split())):
        return [joined.translate(_PUNCTUATION)]  # a phone number in groups: +81 90 1234
    terms = [_fold_number(term) for term in folded.split()]
    return [term for term in dict.fromkeys(terms) if term][:TERMS_MAX]


def term_tokens(workspace_id: int, term: str) -> list[int]:
    """Hashes that every profile with ``term`` has, ascending."""
    return _hash_pieces(workspace_id, set(_pieces_of_term(term)))


def _hash_pieces(workspace_id: int, pieces: Iterable[str]) -> list[int]:
    """31-bit hashes, ascending. With the workspace in them, tenants share no posting list."""
    return sorted({crc32(piece.encode(), workspace_id) & 0x7FFFFFFF for piece in pieces})


def like_pattern(term: str) -> str:
    """``term`` as a LIKE pattern that finds it anywhere."""
    escaped = term.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def _fold_number(term: str) -> str:
    """``090-1234`` and ``+81(3)`` are looked for by their digits."""
    return term.translate(_PUNCTUATION) if _NUMBER.fullmatch(term) else term


def _national_cuts(number: str) -> tuple[int, ...]:
    if number.startswith(("+1", "+7")):
        return ()
    return (3,) if number.startswith("+81") else (3, 4)


def _pieces_of_field(field: str) -> list[str]:
    if field.isascii():  # half of all fields; the general form takes five times as long
        starts = _WORD_STARTS.findall(field)
        pieces = [field[at : at + 3] for at in range(len(field) - 2)]
        pieces += ["^" + start for start in starts]
        pieces += ["^" + start[0] for start in starts if len(start) == 2]
        return pieces
    pieces = [field[at : at + 2] for at in range(len(field) - 1) if _CJK.search(field, at, at + 2)]
    for char in field:
        if _CJK.match(char):
            pieces.append(char)
    for run in _CJK.split(field):
        if run:
            pieces += [run[at : at + 3] for at in range(len(run) - 2)]
            for word in _WORDS.finditer(run):
                start = word.start()
                pieces += ["^" + run[start], "^" + run[start : start + 2]]
    return pieces


def _pieces_of_term(term: str) -> list[str]:
    if len(term) == 1:
        return [term if _CJK.match(term) else "^" + term]
    if len(term) == 2 and not _CJK.search(term):
        return ["^" + term]
    pieces: list[tuple[int, str]] = []
    for at in range(len(term) - 1):
        pair, triple = term[at : at + 2], term[at : at + 3]
        if _CJK.search(pair):
            pieces.append((at, pair))
        elif len(triple) == 3 and not _CJK.search(triple):
            pieces.append((at, triple))
    return _cover(pieces)


def _cover(pieces: list[tuple[int, str]]) -> list[str]:
    """As few pieces as cover the term: overlapping ones say nearly the same, and each costs a posting list."""
    kept: list[str] = []
    covered = 0
    for at, piece in pieces:
        if at >= covered or (at, piece) == pieces[-1]:
            kept.append(piece)
            covered = at + len(piece)
    return kept
