import os
from Crypto.Cipher import AES, ARC4, Blowfish, CAST, ChaCha20_Poly1305, DES3
from Crypto.Hash import HMAC, SHA256, SHA512
from Crypto.PublicKey import DSA, ECC, RSA
from Crypto.Signature import DSS, eddsa, pkcs1_15
from holder import hold, tell

MESSAGE = b"sixteen byte blk"


def make_rsa():
    key = RSA.generate(2048)
    tell(p=lambda: int(key.p), q=lambda: int(key.q))
    pkcs1_15.new(key).sign(SHA256.new(MESSAGE))
    return key


def curve(name):
    def make():
        key = ECC.generate(curve=name)
        tell(d=lambda: int(key.d))
        DSS.new(key, "fips-186-3").sign(SHA512.new(MESSAGE) if name == "P-521" else SHA256.new(MESSAGE))
        return key
    return make


def edwards(name):
    def make():
        key = ECC.generate(curve=name)
        tell(seed=lambda: key.seed)
        eddsa.new(key, "rfc8032").sign(MESSAGE)
        return key
    return make


def make_dsa():
    key = DSA.generate(2048)
    tell(x=lambda: int(key.x))
    DSS.new(key, "fips-186-3").sign(SHA256.new(MESSAGE))
    return key


def cipher(of, size, *mode, **more):
    def make():
        key = os.urandom(size)
        tell(key=lambda: key)
        box = of.new(key=key, **({"mode": mode[0]} if mode else {}), **more)
        box.encrypt(MESSAGE)
        return box
    return make


def make_hmac():
    key = os.urandom(32)
    tell(key=lambda: key)
    return HMAC.new(key, MESSAGE, SHA256)


hold({
    "rsa-2048": make_rsa, "p256": curve("P-256"), "p384": curve("P-384"), "p521": curve("P-521"),
    "ed25519": edwards("Ed25519"), "ed448": edwards("Ed448"), "dsa": make_dsa,
    "aes-128-gcm": cipher(AES, 16, AES.MODE_GCM, nonce=bytes(12)), "aes-256-gcm": cipher(AES, 32, AES.MODE_GCM, nonce=bytes(12)),
    "aes-256-cbc": cipher(AES, 32, AES.MODE_CBC, iv=bytes(16)), "chacha20-poly1305": cipher(ChaCha20_Poly1305, 32, nonce=bytes(12)),
    "des3": cipher(DES3, 24, DES3.MODE_CBC, iv=bytes(8)), "blowfish": cipher(Blowfish, 16, Blowfish.MODE_CBC, iv=bytes(8)),
    "cast5": cipher(CAST, 16, CAST.MODE_CBC, iv=bytes(8)), "rc4": cipher(ARC4, 16),
    "hmac-sha256": make_hmac,
})
