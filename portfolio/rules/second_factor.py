"""Codes of a second factor: six digits of half a minute (TOTP, RFC 6238), and recovery codes for its loss.

Secrets of TOTP are needed in the clear to check a code, so they are kept sealed by a key that is derived from
the installation's own. Of recovery codes, whose 80 bits nobody guesses, a digest is enough.
"""

import re
import secrets
from base64 import b32encode, urlsafe_b64encode
from hashlib import sha256
from hmac import compare_digest

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.twofactor.totp import TOTP

STEP_SECONDS, DIGITS, DRIFT_STEPS = 30, 6, 1
SECRET_BYTES, RECOVERY_BYTES = 20, 10
RECOVERY_CODES = 10
CODE = re.compile(r"[0-9]{6}")
RECOVERY_CODE = re.compile(r"[A-Z2-7]{16}")
PURPOSE = b"secret of a second factor"


def new_secret() -> bytes:
    """Return a secret that nobody can guess, as long as RFC 4226 advises."""
    return secrets.token_bytes(SECRET_BYTES)


def seal(secret: bytes, key: str) -> str:
    """Return a secret as it may be kept: nobody reads it without the key of the installation."""
    return _box(key).encrypt(secret).decode()


def unseal(sealed: str, key: str) -> bytes | None:
    """Return the secret again; None when it was sealed by another key, or is damaged."""
    try:
        return _box(key).decrypt(sealed.encode())
    except InvalidToken:
        return None


def as_text(secret: bytes) -> str:
    """Return a secret as people type it into an app: base 32, in groups of four."""
    text = b32encode(secret).decode().rstrip("=")
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def as_address(secret: bytes, name: str, site: str) -> str:
    """Return the otpauth address that a QR code holds."""
    return _totp(secret).get_provisioning_uri(name, site)


def code_at(secret: bytes, step: int) -> str:
    """Return the code of a step: of the half minute that begins `step` * 30 seconds after 1970."""
    return _totp(secret).generate(step * STEP_SECONDS).decode()


def step_of(code: str, secret: bytes, seconds: float) -> int | None:
    """Return the step that a code is of, now or one off, at `seconds` after 1970; None: a wrong code."""
    code, now = "".join(code.split()), int(seconds // STEP_SECONDS)
    if not CODE.fullmatch(code):
        return None
    steps = range(now - DRIFT_STEPS, now + DRIFT_STEPS + 1)
    right = [step for step in steps if compare_digest(code_at(secret, step), code)]
    return right[-1] if right else None


def new_recovery_code() -> str:
    """Return a code that nobody can guess, in four groups: ABCD-EFGH-IJKL-MNOP."""
    text = b32encode(secrets.token_bytes(RECOVERY_BYTES)).decode()
    return "-".join(text[at : at + 4] for at in range(0, len(text), 4))


def recovery_digest(code: str) -> str | None:
    """Return the digest of what was entered, in whatever case and grouping; None: no recovery code."""
    plain = re.sub(r"[\s-]", "", code).upper()
    return sha256(plain.encode()).hexdigest() if RECOVERY_CODE.fullmatch(plain) else None


def _totp(secret: bytes) -> TOTP:
    # SHA-1 is what the apps know; as an HMAC it stands.
    return TOTP(secret, DIGITS, SHA1(), STEP_SECONDS)  # noqa: S303


def _box(key: str) -> Fernet:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(key.encode())
    return Fernet(urlsafe_b64encode(derived))
