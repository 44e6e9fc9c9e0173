# Holds secrets that nothing but their owner recognises: an HMAC key as its two pads alone, which is how the objects of
# Go and Java hold one, and a password.
import hashlib
import sys

key = open("hmac.key", "rb").read()
inner, outer = (bytes(byte ^ pad for byte in key.ljust(64, b"\0")) for pad in (0x36, 0x5C))
del key
password = open("password", encoding="utf-8").read()
shown = "user=ann&password=" + password.replace("/", "%2F")
print("READY", flush=True)
sys.stdin.read()
print(hashlib.sha256(outer + hashlib.sha256(inner + b"message").digest()).hexdigest(), len(shown))
