#include "holder.h"
#include <sodium.h>

/* As programs do: keys in memory of libsodium's own. */
static void ed25519(void) {
  static unsigned char public[32], signature[64];
  unsigned char *secret = sodium_malloc(64);
  must(!crypto_sign_keypair(public, secret), "generate");
  truth("seed", secret, 32);
  must(!crypto_sign_detached(signature, NULL, (const unsigned char *)"a message", 9, secret), "sign");
}
static void x25519(void) {
  static unsigned char public[32], peer[32], other[32], box[64], nonce[24];
  unsigned char *secret = malloc(32);
  must(!crypto_box_keypair(public, secret) && !crypto_box_keypair(peer, other), "generate");
  truth("key", secret, 32);
  must(!crypto_box_easy(box, (const unsigned char *)"sixteen byte blk", 16, nonce, peer, secret), "encrypt");
}
static void chacha(void) {
  static unsigned char box[64], nonce[12];
  unsigned long long length;
  unsigned char *key = malloc(32);
  crypto_aead_chacha20poly1305_ietf_keygen(key);
  truth("key", key, 32);
  must(!crypto_aead_chacha20poly1305_ietf_encrypt(box, &length, (const unsigned char *)"sixteen byte blk", 16, NULL, 0, NULL, nonce, key), "encrypt");
}
static void gcm256(void) {
  static unsigned char box[64], nonce[12], key[32];
  unsigned long long length;
  crypto_aead_aes256gcm_state *state = sodium_malloc((crypto_aead_aes256gcm_statebytes() + 63) / 64 * 64);
  must(crypto_aead_aes256gcm_is_available(), "AES instructions");
  crypto_aead_aes256gcm_keygen(key);
  truth("key", key, 32);
  must(!crypto_aead_aes256gcm_beforenm(state, key), "key");
  sodium_memzero(key, 32);
  must(!crypto_aead_aes256gcm_encrypt_afternm(box, &length, (const unsigned char *)"sixteen byte blk", 16, NULL, 0, NULL, nonce, state), "encrypt");
}
static void hmac(void) {
  static unsigned char tag[32], key[32];
  crypto_auth_hmacsha256_state *state = malloc(sizeof *state);
  crypto_auth_hmacsha256_keygen(key);
  truth("key", key, 32);
  must(!crypto_auth_hmacsha256_init(state, key, 32), "key");
  sodium_memzero(key, 32);
  must(!crypto_auth_hmacsha256_update(state, (const unsigned char *)"a message", 9), "tag");
}

int main(int count, char **words) {
  static const struct kind kinds[] = {
    {"ed25519", ed25519}, {"x25519", x25519}, {"aes-256-gcm", gcm256}, {"chacha20-poly1305", chacha},
    {"hmac-sha256", hmac}, {NULL, NULL}};
  must(sodium_init() >= 0, "libsodium");
  return hold(count, words, kinds);
}
