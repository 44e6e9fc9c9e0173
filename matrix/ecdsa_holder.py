from ecdsa import BRAINPOOLP256r1, Ed25519, Ed448, NIST256p, NIST384p, NIST521p, SECP256k1, SigningKey
from holder import hold, tell


def curve(of):
    def make():
        key = SigningKey.generate(curve=of)
        tell(d=lambda: key.privkey.secret_multiplier)
        key.sign(b"a message")
        return key
    return make


def edwards(of):
    def make():
        key = SigningKey.generate(curve=of)
        tell(seed=key.to_string)
        key.sign(b"a message")
        return key
    return make


hold({
    "p256": curve(NIST256p), "p384": curve(NIST384p), "p521": curve(NIST521p), "secp256k1": curve(SECP256k1),
    "brainpoolP256r1": curve(BRAINPOOLP256r1), "ed25519": edwards(Ed25519), "ed448": edwards(Ed448),
})
