#include "holder.h"
#include <mbedtls/aes.h>
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/md.h>
#include <mbedtls/pk.h>
#include <mbedtls/version.h>

/* Since version 3 key functions take a source of randomness. */
#if MBEDTLS_VERSION_MAJOR >= 3
#define SIGNATURE_SIZE sizeof signature,
#define RANDOM , mbedtls_ctr_drbg_random, &random
#else
#define SIGNATURE_SIZE
#define RANDOM
#endif

int main(void) {
  static mbedtls_entropy_context entropy;
  static mbedtls_ctr_drbg_context random;
  static mbedtls_pk_context key;
  mbedtls_aes_context *cipher = malloc(sizeof *cipher);
  unsigned char secret[32], block[16], message[64], hash[32], signature[1024];
  size_t length = 0;
  mbedtls_entropy_init(&entropy);
  mbedtls_ctr_drbg_init(&random);
  check("seed", mbedtls_ctr_drbg_seed(&random, mbedtls_entropy_func, &entropy, NULL, 0));
  mbedtls_pk_init(&key);
  check("key", mbedtls_pk_parse_keyfile(&key, "key.pem", NULL RANDOM));
  check("hash", mbedtls_md(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), message, load("message", message, 64), hash));
  check("sign", mbedtls_pk_sign(&key, MBEDTLS_MD_SHA256, hash, 32, signature, SIGNATURE_SIZE &length, mbedtls_ctr_drbg_random, &random));
  store("signature", signature, length);
  load("aes.key", secret, 32);
  load("block", block, 16);
  mbedtls_aes_init(cipher);
  check("aes", mbedtls_aes_setkey_enc(cipher, secret, 256));
  check("block", mbedtls_aes_crypt_ecb(cipher, MBEDTLS_AES_ENCRYPT, block, block));
  store("sealed", block, 16);
  load_settings();
  hold();
  return cipher == NULL;
}
