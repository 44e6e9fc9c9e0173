# Signs JSON web tokens, as services do: with a passphrase that people chose, and with random bytes.
import base64
import hashlib
import hmac
import json
import sys


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def sign(algorithm, digest, key, claims):
    header = {"alg": algorithm, "typ": "JWT"}
    text = b".".join(encode(json.dumps(part).encode()) for part in (header, claims))
    return text + b"." + encode(hmac.new(key, text, digest).digest())


passphrase = open("passphrase", "rb").read()
key = open("hmac.key", "rb").read()
tokens = [
    sign("HS256", hashlib.sha256, passphrase, {"sub": "ann", "exp": 4102444800}),
    sign("HS512", hashlib.sha512, key, {"sub": "bob", "exp": 4102444800}),
]
open("tokens", "wb").write(b"\n".join(tokens))
print("READY", flush=True)
sys.stdin.read()
print(len(tokens), len(passphrase), len(key))
