import os
from cryptography.hazmat.primitives import hashes, hmac as codes, serialization
from cryptography.hazmat.primitives.asymmetric import dh, dsa, ec, ed25519, ed448, padding, rsa, x25519, x448
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from holder import hold, tell

MESSAGE = b"sixteen byte blk"


def told(key):
    tell(pkcs8=lambda: key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return key


def make_rsa():
    key = told(rsa.generate_private_key(65537, 2048))
    key.sign(MESSAGE, padding.PKCS1v15(), hashes.SHA256())
    return key


def curve(of):
    def make():
        key = told(ec.generate_private_key(of()))
        key.sign(MESSAGE, ec.ECDSA(hashes.SHA256()))
        return key
    return make


def edwards(of):
    def make():
        key = told(of.generate())
        key.sign(MESSAGE)
        return key
    return make


def montgomery(of):
    def make():
        key = told(of.generate())
        key.exchange(of.generate().public_key())
        return key
    return make


def make_dsa():
    key = told(dsa.generate_private_key(2048))
    key.sign(MESSAGE, hashes.SHA256())
    return key


def aead(of, size):
    def make():
        key = os.urandom(size)
        tell(key=lambda: key)
        box = of(key)
        box.encrypt(bytes(12), MESSAGE, None)
        return box
    return make


def cbc(of, size):
    def make():
        key = os.urandom(size)
        tell(key=lambda: key)
        algorithm = of(key)
        encryptor = Cipher(algorithm, modes.CBC(bytes(algorithm.block_size // 8))).encryptor()
        encryptor.update(MESSAGE)
        return encryptor
    return make


def make_hmac():
    key = os.urandom(32)
    tell(key=lambda: key)
    code = codes.HMAC(key, hashes.SHA256())
    code.update(MESSAGE)
    return code


hold({
    "rsa-2048": make_rsa, "p256": curve(ec.SECP256R1), "p384": curve(ec.SECP384R1), "p521": curve(ec.SECP521R1),
    "secp256k1": curve(ec.SECP256K1), "brainpoolP256r1": curve(ec.BrainpoolP256R1),
    "ed25519": edwards(ed25519.Ed25519PrivateKey), "ed448": edwards(ed448.Ed448PrivateKey),
    "x25519": montgomery(x25519.X25519PrivateKey), "x448": montgomery(x448.X448PrivateKey), "dsa": make_dsa,
    "aes-128-gcm": aead(AESGCM, 16), "aes-256-gcm": aead(AESGCM, 32), "aes-256-cbc": cbc(algorithms.AES, 32),
    "chacha20-poly1305": aead(ChaCha20Poly1305, 32), "sm4": cbc(algorithms.SM4, 16), "hmac-sha256": make_hmac,
})
