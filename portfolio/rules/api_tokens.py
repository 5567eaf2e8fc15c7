"""The form of an API token: `inv_PREFIX_SECRET`.

PREFIX names the token and is no secret. SECRET is 43 characters of 62, which hold more than 256 bits; six
more characters are a checksum of everything before them, so that a scanner of source code can tell a token
from a text that only looks like one, and a mistyped token is refused without asking the database.
"""

import re
import secrets
import string
from dataclasses import dataclass
from hashlib import sha256
from zlib import crc32

MARK = "inv"
PREFIX_CHARACTERS = string.digits + string.ascii_lowercase
SECRET_CHARACTERS = string.digits + string.ascii_uppercase + string.ascii_lowercase
PREFIX_LENGTH, SECRET_LENGTH, CHECKSUM_LENGTH = 10, 43, 6
FORM = re.compile(
    rf"{MARK}_([0-9a-z]{{{PREFIX_LENGTH}}})_([0-9A-Za-z]{{{SECRET_LENGTH}}})([0-9A-Za-z]{{{CHECKSUM_LENGTH}}})"
)


@dataclass(frozen=True, slots=True)
class TokenParts:
    """A token taken apart: what names it, and the digest that a database may keep of its secret."""

    prefix: str
    digest: str


def new_token() -> tuple[str, TokenParts]:
    """Return a token that nobody can guess, and its parts."""
    prefix = "".join(secrets.choice(PREFIX_CHARACTERS) for _ in range(PREFIX_LENGTH))
    secret = "".join(secrets.choice(SECRET_CHARACTERS) for _ in range(SECRET_LENGTH))
    text = f"{MARK}_{prefix}_{secret}"
    return text + checksum(text), TokenParts(prefix, digest(secret))


def digest(secret: str) -> str:
    """Return the SHA-256 of a secret. It is too long to be guessed, so it needs neither salt nor slowness."""
    return sha256(secret.encode()).hexdigest()


def checksum(text: str) -> str:
    """Return the CRC-32 of a text as six characters of 62."""
    number = crc32(text.encode())
    digits = ""
    for _ in range(CHECKSUM_LENGTH):
        number, rest = divmod(number, len(SECRET_CHARACTERS))
        digits = SECRET_CHARACTERS[rest] + digits
    return digits


def take_apart(text: str) -> TokenParts | None:
    """Return the parts of a token; None for a text that is none."""
    found = FORM.fullmatch(text)
    if found is None or checksum(text[:-CHECKSUM_LENGTH]) != found[3]:
        return None
    return TokenParts(found[1], digest(found[2]))
