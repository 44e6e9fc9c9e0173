import rsa
from holder import hold, tell


def make():
    public, key = rsa.newkeys(2048)
    tell(p=lambda: key.p, q=lambda: key.q)
    rsa.sign(b"a message", key, "SHA-256")
    return key


hold({"rsa-2048": make})
