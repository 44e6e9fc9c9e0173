#include "holder.h"
#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

static const gnutls_datum_t message = {(unsigned char *)"a message", 9};

static void sign(gnutls_pk_algorithm_t algorithm, unsigned bits, gnutls_digest_algorithm_t hash) {
  gnutls_privkey_t key;
  gnutls_datum_t signature;
  must(!gnutls_privkey_init(&key) && !gnutls_privkey_generate(key, algorithm, bits, 0), "generate");
  IN_A_COPY {
    gnutls_x509_privkey_t exported;
    gnutls_datum_t der;
    must(!gnutls_privkey_export_x509(key, &exported), "export");
    must(!gnutls_x509_privkey_export2_pkcs8(exported, GNUTLS_X509_FMT_DER, NULL, GNUTLS_PKCS_PLAIN, &der), "PKCS#8");
    truth("pkcs8", der.data, der.size);
  }
  if (hash) must(!gnutls_privkey_sign_data(key, hash, 0, &message, &signature), "sign");
}
#define CURVE(name) GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_##name)
static void rsa(void) { sign(GNUTLS_PK_RSA, 2048, GNUTLS_DIG_SHA256); }
static void p256(void) { sign(GNUTLS_PK_ECDSA, CURVE(SECP256R1), GNUTLS_DIG_SHA256); }
static void p384(void) { sign(GNUTLS_PK_ECDSA, CURVE(SECP384R1), GNUTLS_DIG_SHA384); }
static void p521(void) { sign(GNUTLS_PK_ECDSA, CURVE(SECP521R1), GNUTLS_DIG_SHA512); }
static void ed25519(void) { sign(GNUTLS_PK_EDDSA_ED25519, CURVE(ED25519), GNUTLS_DIG_SHA512); }
static void ed448(void) { sign(GNUTLS_PK_EDDSA_ED448, CURVE(ED448), GNUTLS_DIG_SHAKE_256); }
static void dsa(void) { sign(GNUTLS_PK_DSA, 2048, GNUTLS_DIG_SHA256); }
static void x25519(void) { sign(GNUTLS_PK_ECDH_X25519, CURVE(X25519), 0); }
static void x448(void) { sign(GNUTLS_PK_ECDH_X448, CURVE(X448), 0); }

static void aead(gnutls_cipher_algorithm_t cipher) {
  unsigned char secret[32], iv[12] = {0}, out[64];
  gnutls_aead_cipher_hd_t handle;
  gnutls_datum_t key = {secret, gnutls_cipher_get_key_size(cipher)};
  size_t length = sizeof out;
  random_bytes(secret, key.size);
  truth("key", secret, key.size);
  must(!gnutls_aead_cipher_init(&handle, cipher, &key), "key");
  explicit_bzero(secret, sizeof secret);
  must(!gnutls_aead_cipher_encrypt(handle, iv, 12, NULL, 0, 16, "sixteen byte blk", 16, out, &length), "encrypt");
}
static void encrypt(gnutls_cipher_algorithm_t cipher) {
  unsigned char secret[32], zeros[16] = {0}, out[16];
  gnutls_cipher_hd_t handle;
  gnutls_datum_t key = {secret, gnutls_cipher_get_key_size(cipher)}, iv = {zeros, gnutls_cipher_get_iv_size(cipher)};
  random_bytes(secret, key.size);
  truth("key", secret, key.size);
  must(!gnutls_cipher_init(&handle, cipher, &key, &iv), "key");
  explicit_bzero(secret, sizeof secret);
  must(!gnutls_cipher_encrypt2(handle, "sixteen byte blk", 16, out, 16), "encrypt");
}
static void gcm128(void) { aead(GNUTLS_CIPHER_AES_128_GCM); }
static void gcm256(void) { aead(GNUTLS_CIPHER_AES_256_GCM); }
static void cbc256(void) { encrypt(GNUTLS_CIPHER_AES_256_CBC); }
static void chacha(void) { aead(GNUTLS_CIPHER_CHACHA20_POLY1305); }
static void des3(void) { encrypt(GNUTLS_CIPHER_3DES_CBC); }
static void camellia(void) { encrypt(GNUTLS_CIPHER_CAMELLIA_256_CBC); }

static void hmac(void) {
  unsigned char key[32], tag[32];
  gnutls_hmac_hd_t handle;
  random_bytes(key, sizeof key);
  truth("key", key, sizeof key);
  must(!gnutls_hmac_init(&handle, GNUTLS_MAC_SHA256, key, sizeof key), "key");
  explicit_bzero(key, sizeof key);
  must(!gnutls_hmac(handle, "a message", 9), "tag");
  gnutls_hmac_output(handle, tag);
}

int main(int count, char **words) {
  static const struct kind kinds[] = {
    {"rsa-2048", rsa}, {"p256", p256}, {"p384", p384}, {"p521", p521}, {"ed25519", ed25519}, {"ed448", ed448},
    {"x25519", x25519}, {"x448", x448}, {"dsa", dsa}, {"aes-128-gcm", gcm128}, {"aes-256-gcm", gcm256},
    {"aes-256-cbc", cbc256}, {"chacha20-poly1305", chacha}, {"des3", des3}, {"camellia", camellia},
    {"hmac-sha256", hmac}, {NULL, NULL}};
  return hold(count, words, kinds);
}
