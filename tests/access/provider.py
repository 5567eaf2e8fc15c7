"""A provider of OpenID Connect on this machine, for tests: it signs what a test wants it to say."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey

CLIENT, SECRET = "tracker", "a secret that only this test uses"


@cache
def _keys() -> tuple[RSAKey, RSAKey]:
    """Return two keys of one name, made once: making one takes up to half a second."""
    said: Any = {"kid": "one", "use": "sig", "alg": "RS256"}
    return RSAKey.generate_key(2048, said), RSAKey.generate_key(2048, said)


class Provider:
    """What the provider says next, and what it was sent."""

    def __init__(self) -> None:
        self.key, self.other = _keys()
        self.issuer, self.nonce, self.signed_by = "", "", "key"
        self.says: dict[str, Any] = {}
        self.sent: dict[str, list[str]] = {}

    def id_token(self) -> str:
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "sub": "s-1", "iat": now, "exp": now + 300}
        claims |= {
            "nonce": self.nonce,
            "preferred_username": "ines",
            "groups": ["tracker-officers"],
            **self.says,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        if self.signed_by == "nobody":
            return jwt.encode({"alg": "none"}, claims, self.key, algorithms=["none"])
        if self.signed_by == "secret":
            return jwt.encode({"alg": "HS256", "kid": "one"}, claims, OctKey.import_key(SECRET))
        return jwt.encode({"alg": "RS256", "kid": "one"}, claims, getattr(self, self.signed_by))

    def answer(self, path: str) -> dict[str, Any]:
        if path == "/keys":
            return dict(KeySet([self.key]).as_dict(private=False))
        if path == "/token":
            return {
                "access_token": "a",
                "token_type": "Bearer",
                "expires_in": 300,
                "id_token": self.id_token(),
            }
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
        }


@contextmanager
def running() -> Iterator[Provider]:
    """Have a provider answer on this machine."""
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(provider.answer(self.path)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            provider.sent = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.do_GET()

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    # It looks every 10 ms whether it is to end: each test with it waits for that.
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
