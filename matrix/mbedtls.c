#include "holder.h"
#include <mbedtls/camellia.h>
#include <mbedtls/chachapoly.h>
#include <mbedtls/cipher.h>
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/dhm.h>
#include <mbedtls/ecdh.h>
#include <mbedtls/ecdsa.h>
#include <mbedtls/entropy.h>
#include <mbedtls/md.h>
#include <mbedtls/rsa.h>

static mbedtls_entropy_context entropy;
static mbedtls_ctr_drbg_context drbg;
#define RANDOM mbedtls_ctr_drbg_random, &drbg

static void number(const char *name, const mbedtls_mpi *value) {
  IN_A_COPY {
    unsigned char bytes[512];
    size_t size = mbedtls_mpi_size(value);
    must(!mbedtls_mpi_write_binary(value, bytes, size), "write a number");
    truth(name, bytes, size);
  }
}

static void rsa(void) {
  unsigned char hash[32] = {1}, signature[256];
  mbedtls_rsa_context *key = malloc(sizeof *key);
  mbedtls_rsa_init(key, MBEDTLS_RSA_PKCS_V15, MBEDTLS_MD_SHA256);
  must(!mbedtls_rsa_gen_key(key, RANDOM, 2048, 65537), "generate");
  number("p", &key->P);
  number("q", &key->Q);
  must(!mbedtls_rsa_pkcs1_sign(key, RANDOM, MBEDTLS_RSA_PRIVATE, MBEDTLS_MD_SHA256, 32, hash, signature), "sign");
}

static void ecdsa(mbedtls_ecp_group_id curve) {
  unsigned char hash[32] = {1};
  mbedtls_mpi r, s;
  mbedtls_ecdsa_context *key = malloc(sizeof *key);
  mbedtls_ecdsa_init(key);
  must(!mbedtls_ecdsa_genkey(key, curve, RANDOM), "generate");
  number("d", &key->d);
  mbedtls_mpi_init(&r);
  mbedtls_mpi_init(&s);
  must(!mbedtls_ecdsa_sign(&key->grp, &r, &s, &key->d, hash, 32, RANDOM), "sign");
}
static void p256(void) { ecdsa(MBEDTLS_ECP_DP_SECP256R1); }
static void p384(void) { ecdsa(MBEDTLS_ECP_DP_SECP384R1); }
static void p521(void) { ecdsa(MBEDTLS_ECP_DP_SECP521R1); }
static void koblitz(void) { ecdsa(MBEDTLS_ECP_DP_SECP256K1); }
static void brainpool(void) { ecdsa(MBEDTLS_ECP_DP_BP256R1); }

static void agree(mbedtls_ecp_group_id curve, size_t size) {
  mbedtls_ecp_keypair *key = malloc(sizeof *key), peer;
  mbedtls_mpi shared;
  mbedtls_ecp_keypair_init(key);
  mbedtls_ecp_keypair_init(&peer);
  mbedtls_mpi_init(&shared);
  must(!mbedtls_ecp_gen_key(curve, key, RANDOM) && !mbedtls_ecp_gen_key(curve, &peer, RANDOM), "generate");
  IN_A_COPY {
    unsigned char bytes[56];
    must(!mbedtls_mpi_write_binary_le(&key->d, bytes, size), "write a number");
    truth("key", bytes, size);
  }
  must(!mbedtls_ecdh_compute_shared(&key->grp, &shared, &peer.Q, &key->d, RANDOM), "agree");
  mbedtls_ecp_keypair_free(&peer);
}
static void x25519(void) { agree(MBEDTLS_ECP_DP_CURVE25519, 32); }
static void x448(void) { agree(MBEDTLS_ECP_DP_CURVE448, 56); }

static void dh(void) {
  static const unsigned char p[] = MBEDTLS_DHM_RFC7919_FFDHE2048_P_BIN, g[] = MBEDTLS_DHM_RFC7919_FFDHE2048_G_BIN;
  unsigned char public[256], shared[256];
  size_t length;
  mbedtls_mpi prime, base;
  mbedtls_dhm_context *key = malloc(sizeof *key);
  mbedtls_dhm_init(key);
  mbedtls_mpi_init(&prime);
  mbedtls_mpi_init(&base);
  must(!mbedtls_mpi_read_binary(&prime, p, sizeof p) && !mbedtls_mpi_read_binary(&base, g, sizeof g), "group");
  must(!mbedtls_dhm_set_group(key, &prime, &base), "group");
  must(!mbedtls_dhm_make_public(key, 32, public, sizeof public, RANDOM), "generate");
  number("x", &key->X);
  must(!mbedtls_dhm_read_public(key, public, sizeof public), "peer");
  must(!mbedtls_dhm_calc_secret(key, shared, sizeof shared, &length, RANDOM), "agree");
}

static void encrypt(mbedtls_cipher_type_t type, int is_aead) {
  unsigned char key[32], iv[16] = {0}, out[64], tag[16];
  size_t length;
  const mbedtls_cipher_info_t *info = mbedtls_cipher_info_from_type(type);
  must(info != NULL, "cipher");
  mbedtls_cipher_context_t *context = malloc(sizeof *context);
  mbedtls_cipher_init(context);
  int size = info->key_bitlen / 8;
  random_bytes(key, size);
  truth("key", key, size);
  must(!mbedtls_cipher_setup(context, info) && !mbedtls_cipher_setkey(context, key, 8 * size, MBEDTLS_ENCRYPT), "key");
  explicit_bzero(key, sizeof key);
  must(!mbedtls_cipher_set_iv(context, iv, mbedtls_cipher_get_iv_size(context)) && !mbedtls_cipher_reset(context), "start");
  if (is_aead) must(!mbedtls_cipher_update_ad(context, NULL, 0), "start");
  must(!mbedtls_cipher_update(context, (const unsigned char *)"sixteen byte blk", 16, out, &length), "encrypt");
  if (is_aead) must(!mbedtls_cipher_write_tag(context, tag, 16), "tag");
}
static void gcm128(void) { encrypt(MBEDTLS_CIPHER_AES_128_GCM, 1); }
static void gcm256(void) { encrypt(MBEDTLS_CIPHER_AES_256_GCM, 1); }
static void cbc256(void) { encrypt(MBEDTLS_CIPHER_AES_256_CBC, 0); }
static void chacha(void) { encrypt(MBEDTLS_CIPHER_CHACHA20_POLY1305, 1); }
static void des3(void) { encrypt(MBEDTLS_CIPHER_DES_EDE3_CBC, 0); }
static void camellia(void) { encrypt(MBEDTLS_CIPHER_CAMELLIA_256_CBC, 0); }
static void blowfish(void) { encrypt(MBEDTLS_CIPHER_BLOWFISH_CBC, 0); }

static void hmac(void) {
  unsigned char key[32], tag[32];
  mbedtls_md_context_t *context = malloc(sizeof *context);
  mbedtls_md_init(context);
  random_bytes(key, sizeof key);
  truth("key", key, sizeof key);
  must(!mbedtls_md_setup(context, mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), 1), "hash");
  must(!mbedtls_md_hmac_starts(context, key, sizeof key), "key");
  explicit_bzero(key, sizeof key);
  must(!mbedtls_md_hmac_update(context, (const unsigned char *)"a message", 9) && !mbedtls_md_hmac_finish(context, tag), "tag");
}

int main(int count, char **words) {
  static const struct kind kinds[] = {
    {"rsa-2048", rsa}, {"p256", p256}, {"p384", p384}, {"p521", p521}, {"secp256k1", koblitz},
    {"brainpoolP256r1", brainpool}, {"x25519", x25519}, {"x448", x448}, {"dh", dh}, {"aes-128-gcm", gcm128},
    {"aes-256-gcm", gcm256}, {"aes-256-cbc", cbc256}, {"chacha20-poly1305", chacha}, {"des3", des3},
    {"camellia", camellia}, {"blowfish", blowfish}, {"hmac-sha256", hmac}, {NULL, NULL}};
  mbedtls_entropy_init(&entropy);
  mbedtls_ctr_drbg_init(&drbg);
  must(!mbedtls_ctr_drbg_seed(&drbg, mbedtls_entropy_func, &entropy, NULL, 0), "seed");
  return hold(count, words, kinds);
}
