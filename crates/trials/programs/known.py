# Holds secrets that nothing but their owner recognises: an HMAC key in its object alone, a password.
import hmac
import sys

key = open("hmac.key", "rb").read()
keeper = hmac.new(key, b"", "sha256")
parts = [bytes([byte]) for byte in key]
del key
password = open("password", encoding="utf-8").read()
shown = "user=ann&password=" + password.replace("/", "%2F")
keeper.update(b"message")
print("READY", flush=True)
sys.stdin.read()
print(keeper.hexdigest(), len(shown), len(parts))
