#include <wolfssl/options.h>
#include <wolfssl/wolfcrypt/aes.h>
#include <wolfssl/wolfcrypt/asn.h>
#include <wolfssl/wolfcrypt/chacha20_poly1305.h>
#include <wolfssl/wolfcrypt/curve25519.h>
#include <wolfssl/wolfcrypt/curve448.h>
#include <wolfssl/wolfcrypt/des3.h>
#include <wolfssl/wolfcrypt/dh.h>
#include <wolfssl/wolfcrypt/ecc.h>
#include <wolfssl/wolfcrypt/ed25519.h>
#include <wolfssl/wolfcrypt/ed448.h>
#include <wolfssl/wolfcrypt/hmac.h>
#include <wolfssl/wolfcrypt/random.h>
#include <wolfssl/wolfcrypt/rsa.h>
#undef must
#include "holder.h"

static WC_RNG rng;
static const unsigned char message[32] = "a message of thirty-two bytes...";

static void rsa(void) {
  unsigned char signature[256];
  RsaKey *key = malloc(sizeof *key);
  must(!wc_InitRsaKey(key, NULL) && !wc_MakeRsaKey(key, 2048, 65537, &rng), "generate");
  must(!wc_RsaSetRNG(key, &rng), "blinding");
  IN_A_COPY {
    unsigned char der[4096];
    unsigned e_size = 8, n_size = 256, d_size = 256, p_size = 256, q_size = 256;
    unsigned char e[8], n[256], d[256], p[256], q[256];
    must(!wc_RsaExportKey(key, e, &e_size, n, &n_size, d, &d_size, p, &p_size, q, &q_size), "export");
    truth("p", p, p_size);
    truth("q", q, q_size);
  }
  must(wc_RsaSSL_Sign(message, 32, signature, sizeof signature, key, &rng) == 256, "sign");
}

static void ecdsa(int size, int curve) {
  unsigned char signature[160];
  word32 length = sizeof signature;
  ecc_key *key = malloc(sizeof *key);
  must(!wc_ecc_init(key) && !wc_ecc_make_key_ex(&rng, size, key, curve), "generate");
  IN_A_COPY {
    unsigned char d[72];
    word32 count = sizeof d;
    must(!wc_ecc_export_private_only(key, d, &count), "export");
    truth("d", d, count);
  }
  must(!wc_ecc_sign_hash(message, 32, signature, &length, &rng, key), "sign");
}
static void p256(void) { ecdsa(32, ECC_SECP256R1); }
static void p384(void) { ecdsa(48, ECC_SECP384R1); }
static void p521(void) { ecdsa(66, ECC_SECP521R1); }
static void koblitz(void) { ecdsa(32, ECC_SECP256K1); }
static void brainpool(void) { ecdsa(32, ECC_BRAINPOOLP256R1); }

#ifdef HAVE_ED25519
static void ed25519(void) {
  unsigned char signature[64];
  word32 length = sizeof signature;
  ed25519_key *key = malloc(sizeof *key);
  must(!wc_ed25519_init(key) && !wc_ed25519_make_key(&rng, 32, key), "generate");
  truth("seed", key->k, 32);
  must(!wc_ed25519_sign_msg(message, 32, signature, &length, key), "sign");
}
#endif
#ifdef HAVE_ED448
static void ed448(void) {
  unsigned char signature[114];
  word32 length = sizeof signature;
  ed448_key *key = malloc(sizeof *key);
  must(!wc_ed448_init(key) && !wc_ed448_make_key(&rng, 57, key), "generate");
  truth("seed", key->k, 57);
  must(!wc_ed448_sign_msg(message, 32, signature, &length, key, NULL, 0), "sign");
}
#endif
#ifdef HAVE_CURVE25519
static void x25519(void) {
  unsigned char shared[32];
  word32 length = sizeof shared;
  curve25519_key *key = malloc(sizeof *key), peer;
  must(!wc_curve25519_init(key) && !wc_curve25519_make_key(&rng, 32, key), "generate");
  IN_A_COPY {
    unsigned char k[32];
    word32 count = 32;
    must(!wc_curve25519_export_private_raw_ex(key, k, &count, EC25519_LITTLE_ENDIAN), "export");
    truth("key", k, 32);
  }
  must(!wc_curve25519_init(&peer) && !wc_curve25519_make_key(&rng, 32, &peer), "peer");
  must(!wc_curve25519_shared_secret(key, &peer, shared, &length), "agree");
  wc_curve25519_free(&peer);
}
#endif
#ifdef HAVE_CURVE448
static void x448(void) {
  unsigned char shared[56];
  word32 length = sizeof shared;
  curve448_key *key = malloc(sizeof *key), peer;
  must(!wc_curve448_init(key) && !wc_curve448_make_key(&rng, 56, key), "generate");
  IN_A_COPY {
    unsigned char k[56];
    word32 count = 56;
    must(!wc_curve448_export_private_raw_ex(key, k, &count, EC448_LITTLE_ENDIAN), "export");
    truth("key", k, 56);
  }
  must(!wc_curve448_init(&peer) && !wc_curve448_make_key(&rng, 56, &peer), "peer");
  must(!wc_curve448_shared_secret(key, &peer, shared, &length), "agree");
  wc_curve448_free(&peer);
}
#endif

static void gcm(int size) {
  unsigned char secret[32], iv[12] = {0}, out[16], tag[16];
  Aes *key = malloc(sizeof *key);
  random_bytes(secret, size);
  truth("key", secret, size);
  must(!wc_AesInit(key, NULL, INVALID_DEVID) && !wc_AesGcmSetKey(key, secret, size), "key");
  explicit_bzero(secret, sizeof secret);
  must(!wc_AesGcmEncrypt(key, out, message, 16, iv, 12, tag, 16, NULL, 0), "encrypt");
}
static void gcm128(void) { gcm(16); }
static void gcm256(void) { gcm(32); }
static void cbc256(void) {
  unsigned char secret[32], iv[16] = {0}, out[16];
  Aes *key = malloc(sizeof *key);
  random_bytes(secret, 32);
  truth("key", secret, 32);
  must(!wc_AesInit(key, NULL, INVALID_DEVID) && !wc_AesSetKey(key, secret, 32, iv, AES_ENCRYPTION), "key");
  explicit_bzero(secret, sizeof secret);
  must(!wc_AesCbcEncrypt(key, out, message, 16), "encrypt");
}
static void chacha(void) {
  unsigned char secret[32], iv[12] = {0}, out[16], tag[16];
  ChaChaPoly_Aead *key = malloc(sizeof *key);
  random_bytes(secret, 32);
  truth("key", secret, 32);
  must(!wc_ChaCha20Poly1305_Init(key, secret, iv, 1), "key");
  explicit_bzero(secret, sizeof secret);
  must(!wc_ChaCha20Poly1305_UpdateData(key, message, out, 16) && !wc_ChaCha20Poly1305_Final(key, tag), "encrypt");
}
#ifndef NO_DES3
static void des3(void) {
  unsigned char secret[24], iv[8] = {0}, out[16];
  Des3 *key = malloc(sizeof *key);
  random_bytes(secret, 24);
  truth("key", secret, 24);
  must(!wc_Des3Init(key, NULL, INVALID_DEVID) && !wc_Des3_SetKey(key, secret, iv, DES_ENCRYPTION), "key");
  explicit_bzero(secret, sizeof secret);
  must(!wc_Des3_CbcEncrypt(key, out, message, 16), "encrypt");
}
#endif
static void hmac(void) {
  unsigned char secret[32], tag[32];
  Hmac *key = malloc(sizeof *key);
  random_bytes(secret, 32);
  truth("key", secret, 32);
  must(!wc_HmacInit(key, NULL, INVALID_DEVID) && !wc_HmacSetKey(key, WC_SHA256, secret, 32), "key");
  explicit_bzero(secret, sizeof secret);
  must(!wc_HmacUpdate(key, message, 32) && !wc_HmacFinal(key, tag), "tag");
}

int main(int count, char **words) {
  static const struct kind kinds[] = {
    {"rsa-2048", rsa}, {"p256", p256}, {"p384", p384}, {"p521", p521}, {"secp256k1", koblitz}, {"brainpoolP256r1", brainpool},
#ifdef HAVE_ED25519
    {"ed25519", ed25519},
#endif
#ifdef HAVE_ED448
    {"ed448", ed448},
#endif
#ifdef HAVE_CURVE25519
    {"x25519", x25519},
#endif
#ifdef HAVE_CURVE448
    {"x448", x448},
#endif
#ifndef NO_DES3
    {"des3", des3},
#endif
    {"aes-128-gcm", gcm128}, {"aes-256-gcm", gcm256}, {"aes-256-cbc", cbc256}, {"chacha20-poly1305", chacha},
    {"hmac-sha256", hmac}, {NULL, NULL}};
  must(!wc_InitRng(&rng), "random");
  return hold(count, words, kinds);
}
