#include "holder.h"
#include <bearssl.h>

static br_hmac_drbg_context drbg;

static void rsa(void) {
  static unsigned char private[BR_RSA_KBUF_PRIV_SIZE(2048)], public[BR_RSA_KBUF_PUB_SIZE(2048)], hash[32] = {1}, signature[256];
  static br_rsa_private_key key;
  br_rsa_public_key other;
  must(br_rsa_keygen_get_default()(&drbg.vtable, &key, private, &other, public, 2048, 65537), "generate");
  truth("p", key.p, key.plen);
  truth("q", key.q, key.qlen);
  must(br_rsa_pkcs1_sign_get_default()((const unsigned char *)BR_HASH_OID_SHA256, hash, 32, &key, signature), "sign");
}

static br_ec_private_key generate(int curve) {
  static unsigned char private[BR_EC_KBUF_PRIV_MAX_SIZE], public[BR_EC_KBUF_PUB_MAX_SIZE];
  br_ec_private_key key;
  must(br_ec_keygen(&drbg.vtable, br_ec_get_default(), &key, private, curve), "generate");
  must(br_ec_compute_pub(br_ec_get_default(), NULL, public, &key), "public key");
  return key;
}
static void ecdsa(int curve) {
  static br_ec_private_key key;
  unsigned char hash[32] = {1}, signature[160];
  key = generate(curve);
  truth("d", key.x, key.xlen);
  must(br_ecdsa_sign_asn1_get_default()(br_ec_get_default(), &br_sha256_vtable, hash, &key, signature), "sign");
}
static void p256(void) { ecdsa(BR_EC_secp256r1); }
static void p384(void) { ecdsa(BR_EC_secp384r1); }
static void p521(void) { ecdsa(BR_EC_secp521r1); }
static void x25519(void) {
  static br_ec_private_key key;
  unsigned char point[32] = {9};
  size_t length;
  key = generate(BR_EC_curve25519);
  IN_A_COPY {
    /* BearSSL keeps it most significant byte first. */
    unsigned char turned[32];
    for (int i = 0; i < 32; i++) turned[i] = key.x[31 - i];
    truth("key", turned, 32);
  }
  must(br_ec_get_default()->mul(point, 32, key.x, key.xlen, BR_EC_curve25519), "agree");
}

static unsigned char secret[32], out[32];
static void draw_key(size_t size) {
  random_bytes(secret, size);
  truth("key", secret, size);
}
#define FORGET explicit_bzero(secret, sizeof secret)
static void gcm(size_t size) {
  const br_block_ctr_class *aes = br_aes_x86ni_ctr_get_vtable();
  br_aes_gen_ctr_keys *keys = malloc(sizeof *keys);
  br_gcm_context *context = malloc(sizeof *context);
  if (!aes) aes = &br_aes_ct64_ctr_vtable;
  draw_key(size);
  aes->init(&keys->vtable, secret, size);
  FORGET;
  br_gcm_init(context, &keys->vtable, br_ghash_ctmul64);
  br_gcm_reset(context, "\0\0\0\0\0\0\0\0\0\0\0", 12);
  br_gcm_flip(context);
  br_gcm_run(context, 1, memcpy(out, "sixteen byte blk", 16), 16);
  br_gcm_get_tag(context, out + 16);
}
static void gcm128(void) { gcm(16); }
static void gcm256(void) { gcm(32); }
/* The implementation for machines without instructions for AES: bits in slices. */
static void cbc256(void) {
  unsigned char iv[16] = {0};
  br_aes_ct64_cbcenc_keys *keys = malloc(sizeof *keys);
  draw_key(32);
  br_aes_ct64_cbcenc_init(keys, secret, 32);
  FORGET;
  br_aes_ct64_cbcenc_run(keys, iv, memcpy(out, "sixteen byte blk", 16), 16);
}
static void des3(void) {
  unsigned char iv[8] = {0};
  br_des_ct_cbcenc_keys *keys = malloc(sizeof *keys);
  draw_key(24);
  br_des_ct_cbcenc_init(keys, secret, 24);
  FORGET;
  br_des_ct_cbcenc_run(keys, iv, memcpy(out, "sixteen byte blk", 16), 16);
}
static void chacha(void) {
  unsigned char *key = malloc(32);
  random_bytes(key, 32);
  truth("key", key, 32);
  br_poly1305_ctmul_run(key, "\0\0\0\0\0\0\0\0\0\0\0", memcpy(out, "sixteen byte blk", 16), 16, "", 0, out + 16, br_chacha20_ct_run, 1);
}
static void hmac(void) {
  br_hmac_key_context *key = malloc(sizeof *key);
  br_hmac_context *context = malloc(sizeof *context);
  draw_key(32);
  br_hmac_key_init(key, &br_sha256_vtable, secret, 32);
  FORGET;
  br_hmac_init(context, key, 0);
  br_hmac_update(context, "a message", 9);
  br_hmac_out(context, out);
}

int main(int count, char **words) {
  static const struct kind kinds[] = {
    {"rsa-2048", rsa}, {"p256", p256}, {"p384", p384}, {"p521", p521}, {"x25519", x25519}, {"aes-128-gcm", gcm128},
    {"aes-256-gcm", gcm256}, {"aes-256-cbc", cbc256}, {"chacha20-poly1305", chacha}, {"des3", des3},
    {"hmac-sha256", hmac}, {NULL, NULL}};
  unsigned char seed[32];
  random_bytes(seed, 32);
  br_hmac_drbg_init(&drbg, &br_sha256_vtable, seed, 32);
  return hold(count, words, kinds);
}
