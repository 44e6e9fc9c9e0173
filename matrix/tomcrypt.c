#define LTM_DESC
#include "holder.h"
#include <tomcrypt.h>

static int prng;

static void rsa(void) {
  unsigned char hash[32] = {1}, signature[256];
  unsigned long length = sizeof signature;
  rsa_key *key = malloc(sizeof *key);
  must(!rsa_make_key(NULL, prng, 256, 65537, key), "generate");
  IN_A_COPY {
    unsigned char number[128];
    must(!mp_to_unsigned_bin(key->p, number), "p");
    truth("p", number, mp_unsigned_bin_size(key->p));
    must(!mp_to_unsigned_bin(key->q, number), "q");
    truth("q", number, mp_unsigned_bin_size(key->q));
  }
  must(!rsa_sign_hash_ex(hash, 32, signature, &length, LTC_PKCS_1_V1_5, NULL, prng, find_hash("sha256"), 0, key), "sign");
}
static void dsa(void) {
  unsigned char hash[32] = {1}, signature[256];
  unsigned long length = sizeof signature;
  dsa_key *key = malloc(sizeof *key);
  must(!dsa_make_key(NULL, prng, 32, 256, key), "generate");
  IN_A_COPY {
    unsigned char number[64];
    must(!mp_to_unsigned_bin(key->x, number), "x");
    truth("x", number, mp_unsigned_bin_size(key->x));
  }
  must(!dsa_sign_hash(hash, 32, signature, &length, NULL, prng, key), "sign");
}
static void ecdsa(int size) {
  unsigned char hash[32] = {1}, signature[160];
  unsigned long length = sizeof signature;
  ecc_key *key = malloc(sizeof *key);
  must(!ecc_make_key(NULL, prng, size, key), "generate");
  IN_A_COPY {
    unsigned char number[72];
    must(!mp_to_unsigned_bin(key->k, number), "d");
    truth("d", number, mp_unsigned_bin_size(key->k));
  }
  must(!ecc_sign_hash(hash, 32, signature, &length, NULL, prng, key), "sign");
}
static void p256(void) { ecdsa(32); }
static void p384(void) { ecdsa(48); }
static void p521(void) { ecdsa(65); }

static unsigned char secret[32], iv[16], out[32];
static void draw_key(size_t size) {
  random_bytes(secret, size);
  truth("key", secret, size);
}
#define FORGET explicit_bzero(secret, sizeof secret)
#define MESSAGE (unsigned char *)"sixteen byte blk"
static void gcm(size_t size) {
  unsigned long length = 16;
  gcm_state *state = malloc(sizeof *state);
  draw_key(size);
  must(!gcm_init(state, find_cipher("aes"), secret, size), "key");
  FORGET;
  must(!gcm_add_iv(state, iv, 12) && !gcm_add_aad(state, iv, 0), "start");
  must(!gcm_process(state, memcpy(out, MESSAGE, 16), 16, out + 16, GCM_ENCRYPT), "encrypt");
}
static void gcm128(void) { gcm(16); }
static void gcm256(void) { gcm(32); }
static void cbc(const char *cipher, size_t size) {
  symmetric_CBC *state = malloc(sizeof *state);
  draw_key(size);
  must(!cbc_start(find_cipher(cipher), iv, secret, size, 0, state), "key");
  FORGET;
  must(!cbc_encrypt(MESSAGE, out, 16, state), "encrypt");
}
static void cbc256(void) { cbc("aes", 32); }
static void des3(void) { cbc("3des", 24); }
static void camellia(void) { cbc("camellia", 32); }
static void blowfish(void) { cbc("blowfish", 16); }
static void twofish(void) { cbc("twofish", 32); }
static void cast5(void) { cbc("cast5", 16); }
static void seed(void) { cbc("seed", 16); }
static void chacha(void) {
  chacha20poly1305_state *state = malloc(sizeof *state);
  draw_key(32);
  must(!chacha20poly1305_init(state, secret, 32) && !chacha20poly1305_setiv(state, iv, 12), "key");
  FORGET;
  must(!chacha20poly1305_encrypt(state, MESSAGE, 16, out), "encrypt");
}
static void hmac(void) {
  hmac_state *state = malloc(sizeof *state);
  draw_key(32);
  must(!hmac_init(state, find_hash("sha256"), secret, 32), "key");
  FORGET;
  must(!hmac_process(state, MESSAGE, 16), "tag");
}

int main(int count, char **words) {
  static const struct kind kinds[] = {
    {"rsa-2048", rsa}, {"p256", p256}, {"p384", p384}, {"p521", p521}, {"dsa", dsa}, {"aes-128-gcm", gcm128},
    {"aes-256-gcm", gcm256}, {"aes-256-cbc", cbc256}, {"chacha20-poly1305", chacha}, {"des3", des3},
    {"camellia", camellia}, {"blowfish", blowfish}, {"twofish", twofish}, {"cast5", cast5}, {"seed", seed},
    {"hmac-sha256", hmac}, {NULL, NULL}};
  ltc_mp = ltm_desc;
  register_hash(&sha256_desc);
  register_cipher(&aes_desc);
  register_cipher(&des3_desc);
  register_cipher(&camellia_desc);
  register_cipher(&blowfish_desc);
  register_cipher(&twofish_desc);
  register_cipher(&cast5_desc);
  register_cipher(&kseed_desc);
  prng = register_prng(&sprng_desc);
  return hold(count, words, kinds);
}
