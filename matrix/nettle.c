#include "holder.h"
#include <nettle/aes.h>
#include <nettle/blowfish.h>
#include <nettle/arcfour.h>
#include <nettle/camellia.h>
#include <nettle/cast128.h>
#include <nettle/cbc.h>
#include <nettle/chacha-poly1305.h>
#include <nettle/curve25519.h>
#include <nettle/curve448.h>
#include <nettle/des.h>
#include <nettle/dsa.h>
#include <nettle/ecc-curve.h>
#include <nettle/ecc.h>
#include <nettle/ecdsa.h>
#include <nettle/eddsa.h>
#include <nettle/gcm.h>
#include <nettle/hmac.h>
#include <nettle/rsa.h>
#include <nettle/twofish.h>

static void draw(void *none, size_t count, uint8_t *out) { random_bytes(out, count); }

static void number(const char *name, const mpz_t value) {
  IN_A_COPY {
    unsigned char bytes[512];
    size_t count;
    mpz_export(bytes, &count, 1, 1, 1, 0, value);
    truth(name, bytes, count);
  }
}

static void rsa(void) {
  static struct rsa_public_key public;
  struct rsa_private_key *key = malloc(sizeof *key);
  uint8_t hash[32] = {1};
  mpz_t signature;
  rsa_public_key_init(&public);
  rsa_private_key_init(key);
  mpz_set_ui(public.e, 65537);
  must(rsa_generate_keypair(&public, key, NULL, draw, NULL, NULL, 2048, 0), "generate");
  number("p", key->p);
  number("q", key->q);
  mpz_init(signature);
  must(rsa_sha256_sign_digest_tr(&public, key, NULL, draw, hash, signature), "sign");
}

static void dsa(void) {
  static struct dsa_params params;
  static mpz_t public, private;
  struct dsa_signature signature;
  uint8_t hash[32] = {1};
  dsa_params_init(&params);
  dsa_signature_init(&signature);
  must(dsa_generate_params(&params, NULL, draw, NULL, NULL, 2048, 256), "group");
  mpz_init(public);
  mpz_init(private);
  dsa_generate_keypair(&params, public, private, NULL, draw);
  number("x", private);
  must(dsa_sign(&params, private, NULL, draw, 32, hash, &signature), "sign");
}

static void ecdsa(const struct ecc_curve *curve) {
  static struct ecc_point public;
  struct ecc_scalar *key = malloc(sizeof *key);
  struct dsa_signature signature;
  uint8_t hash[32] = {1};
  ecc_point_init(&public, curve);
  ecc_scalar_init(key, curve);
  ecdsa_generate_keypair(&public, key, NULL, draw);
  IN_A_COPY {
    mpz_t d;
    unsigned char bytes[72];
    size_t count;
    mpz_init(d);
    ecc_scalar_get(key, d);
    mpz_export(bytes, &count, 1, 1, 1, 0, d);
    truth("d", bytes, count);
  }
  dsa_signature_init(&signature);
  ecdsa_sign(key, NULL, draw, 32, hash, &signature);
}
static void p256(void) { ecdsa(nettle_get_secp_256r1()); }
static void p384(void) { ecdsa(nettle_get_secp_384r1()); }
static void p521(void) { ecdsa(nettle_get_secp_521r1()); }

static uint8_t private[57], public[57], shared[57], signature[114];
static void ed25519(void) {
  random_bytes(private, 32);
  truth("seed", private, 32);
  ed25519_sha512_public_key(public, private);
  ed25519_sha512_sign(public, private, 9, (const uint8_t *)"a message", signature);
}
static void ed448(void) {
  random_bytes(private, 57);
  truth("seed", private, 57);
  ed448_shake256_public_key(public, private);
  ed448_shake256_sign(public, private, 9, (const uint8_t *)"a message", signature);
}
static void x25519(void) {
  random_bytes(private, 32);
  truth("key", private, 32);
  curve25519_mul_g(public, private);
  curve25519_mul(shared, private, public);
}
static void x448(void) {
  random_bytes(private, 56);
  truth("key", private, 56);
  curve448_mul_g(public, private);
  curve448_mul(shared, private, public);
}

static uint8_t secret[32], iv[16], out[64];
static void draw_key(size_t size) {
  random_bytes(secret, size);
  truth("key", secret, size);
}
#define FORGET explicit_bzero(secret, sizeof secret)
#define MESSAGE (const uint8_t *)"sixteen byte blk"
static void gcm128(void) {
  struct gcm_aes128_ctx *context = malloc(sizeof *context);
  draw_key(16);
  gcm_aes128_set_key(context, secret);
  FORGET;
  gcm_aes128_set_iv(context, 12, iv);
  gcm_aes128_encrypt(context, 16, out, MESSAGE);
  gcm_aes128_digest(context, 16, out);
}
static void gcm256(void) {
  struct gcm_aes256_ctx *context = malloc(sizeof *context);
  draw_key(32);
  gcm_aes256_set_key(context, secret);
  FORGET;
  gcm_aes256_set_iv(context, 12, iv);
  gcm_aes256_encrypt(context, 16, out, MESSAGE);
  gcm_aes256_digest(context, 16, out);
}
static void cbc256(void) {
  struct CBC_CTX(struct aes256_ctx, AES_BLOCK_SIZE) *context = malloc(sizeof *context);
  draw_key(32);
  aes256_set_encrypt_key(&context->ctx, secret);
  FORGET;
  CBC_SET_IV(context, iv);
  CBC_ENCRYPT(context, aes256_encrypt, 16, out, MESSAGE);
}
static void chacha(void) {
  struct chacha_poly1305_ctx *context = malloc(sizeof *context);
  draw_key(32);
  chacha_poly1305_set_key(context, secret);
  FORGET;
  chacha_poly1305_set_nonce(context, iv);
  chacha_poly1305_encrypt(context, 16, out, MESSAGE);
  chacha_poly1305_digest(context, 16, out);
}
static void des3(void) {
  struct CBC_CTX(struct des3_ctx, DES_BLOCK_SIZE) *context = malloc(sizeof *context);
  draw_key(24);
  must(des3_set_key(&context->ctx, secret), "key");
  FORGET;
  CBC_SET_IV(context, iv);
  CBC_ENCRYPT(context, des3_encrypt, 16, out, MESSAGE);
}
static void camellia(void) {
  struct CBC_CTX(struct camellia256_ctx, CAMELLIA_BLOCK_SIZE) *context = malloc(sizeof *context);
  draw_key(32);
  camellia256_set_encrypt_key(&context->ctx, secret);
  FORGET;
  CBC_SET_IV(context, iv);
  CBC_ENCRYPT(context, camellia256_crypt, 16, out, MESSAGE);
}
static void blowfish(void) {
  struct CBC_CTX(struct blowfish_ctx, BLOWFISH_BLOCK_SIZE) *context = malloc(sizeof *context);
  draw_key(16);
  must(blowfish_set_key(&context->ctx, 16, secret), "key");
  FORGET;
  CBC_SET_IV(context, iv);
  CBC_ENCRYPT(context, blowfish_encrypt, 16, out, MESSAGE);
}
static void twofish(void) {
  struct CBC_CTX(struct twofish_ctx, TWOFISH_BLOCK_SIZE) *context = malloc(sizeof *context);
  draw_key(32);
  twofish256_set_key(&context->ctx, secret);
  FORGET;
  CBC_SET_IV(context, iv);
  CBC_ENCRYPT(context, twofish_encrypt, 16, out, MESSAGE);
}
static void cast5(void) {
  struct CBC_CTX(struct cast128_ctx, CAST128_BLOCK_SIZE) *context = malloc(sizeof *context);
  draw_key(16);
  cast128_set_key(&context->ctx, secret);
  FORGET;
  CBC_SET_IV(context, iv);
  CBC_ENCRYPT(context, cast128_encrypt, 16, out, MESSAGE);
}
static void rc4(void) {
  struct arcfour_ctx *context = malloc(sizeof *context);
  draw_key(16);
  arcfour128_set_key(context, secret);
  FORGET;
  arcfour_crypt(context, 16, out, MESSAGE);
}
static void hmac(void) {
  struct hmac_sha256_ctx *context = malloc(sizeof *context);
  draw_key(32);
  hmac_sha256_set_key(context, 32, secret);
  FORGET;
  hmac_sha256_update(context, 9, (const uint8_t *)"a message");
  hmac_sha256_digest(context, 32, out);
}

int main(int count, char **words) {
  static const struct kind kinds[] = {
    {"rsa-2048", rsa}, {"p256", p256}, {"p384", p384}, {"p521", p521}, {"ed25519", ed25519}, {"ed448", ed448},
    {"x25519", x25519}, {"x448", x448}, {"dsa", dsa}, {"aes-128-gcm", gcm128}, {"aes-256-gcm", gcm256},
    {"aes-256-cbc", cbc256}, {"chacha20-poly1305", chacha}, {"des3", des3}, {"camellia", camellia},
    {"blowfish", blowfish}, {"twofish", twofish}, {"cast5", cast5}, {"rc4", rc4}, {"hmac-sha256", hmac}, {NULL, NULL}};
  return hold(count, words, kinds);
}
