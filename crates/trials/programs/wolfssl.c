#include <wolfssl/options.h>
#include <wolfssl/wolfcrypt/aes.h>
#include <wolfssl/wolfcrypt/rsa.h>
#include <wolfssl/wolfcrypt/sha256.h>
#include <wolfssl/wolfcrypt/signature.h>
#undef check
#include "holder.h"

int main(void) {
  static WC_RNG random;
  static Aes cipher;
  RsaKey *key = malloc(sizeof *key);
  unsigned char der[4096], secret[32], block[16], message[64], signature[1024], none[16] = {0};
  word32 at = 0, length = sizeof signature;
  check("random", wc_InitRng(&random));
  check("init", wc_InitRsaKey(key, NULL));
  size_t size = load("key.der", der, sizeof der);
  check("key", wc_RsaPrivateKeyDecode(der, &at, key, size));
  check("blinding", wc_RsaSetRNG(key, &random));
  load("message", message, 64);
  check("sign", wc_SignatureGenerate(WC_HASH_TYPE_SHA256, WC_SIGNATURE_TYPE_RSA_W_ENC, message, 64, signature, &length, key, sizeof *key, &random));
  store("signature", signature, length);
  load("aes.key", secret, 32);
  load("block", block, 16);
  check("aes init", wc_AesInit(&cipher, NULL, INVALID_DEVID));
  check("aes", wc_AesSetKey(&cipher, secret, 32, none, AES_ENCRYPTION));
  check("block", wc_AesCbcEncrypt(&cipher, block, block, 16));
  store("sealed", block, 16);
  load_settings();
  hold();
  return 0;
}
