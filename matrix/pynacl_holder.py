from nacl.public import Box, PrivateKey
from nacl.secret import Aead
from nacl.signing import SigningKey
from nacl.utils import random
from holder import hold, tell


def ed25519():
    key = SigningKey.generate()
    tell(seed=key.encode)
    key.sign(b"a message")
    return key


def x25519():
    key = PrivateKey.generate()
    tell(key=key.encode)
    box = Box(key, PrivateKey.generate().public_key)
    box.encrypt(b"a message")
    return key, box


def chacha():
    box = Aead(random(32))
    tell(key=lambda: bytes(box))
    box.encrypt(b"a message")
    return box


hold({"ed25519": ed25519, "x25519": x25519, "chacha20-poly1305": chacha})
