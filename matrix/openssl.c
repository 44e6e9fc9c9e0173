#include "holder.h"
#include <openssl/core_names.h>
#include <openssl/dh.h>
#include <openssl/dsa.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

static void *kept[2];

static void tell(EVP_PKEY *key) {
  IN_A_COPY {
    unsigned char *der = NULL;
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key);
    must(info != NULL, "PKCS#8");
    int count = i2d_PKCS8_PRIV_KEY_INFO(info, &der);
    truth("pkcs8", der, count);
  }
  kept[0] = key;
}

static void sign(EVP_PKEY *key, const EVP_MD *hash) {
  unsigned char signature[1024];
  size_t length = sizeof signature;
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  must(key != NULL, "generate");
  tell(key);
  must(EVP_DigestSignInit(context, NULL, hash, NULL, key) == 1, "sign");
  must(EVP_DigestSign(context, signature, &length, (const unsigned char *)"a message", 9) == 1, "sign");
  EVP_MD_CTX_free(context);
}

static void agree(EVP_PKEY *key) {
  unsigned char shared[1024];
  size_t length = sizeof shared;
  must(key != NULL, "generate");
  tell(key);
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL), *make = EVP_PKEY_CTX_new(key, NULL);
  EVP_PKEY *peer = NULL;
  must(EVP_PKEY_keygen_init(make) == 1 && EVP_PKEY_keygen(make, &peer) == 1, "peer");
  must(EVP_PKEY_derive_init(context) == 1 && EVP_PKEY_derive_set_peer(context, peer) == 1, "agree");
  must(EVP_PKEY_derive(context, shared, &length) == 1, "agree");
  EVP_PKEY_CTX_free(context);
  EVP_PKEY_CTX_free(make);
  EVP_PKEY_free(peer);
}

static EVP_PKEY *curve(const char *name) { return EVP_PKEY_Q_keygen(NULL, NULL, "EC", name); }
static void rsa(void) { sign(EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048), EVP_sha256()); }
static void p256(void) { sign(curve("P-256"), EVP_sha256()); }
static void p384(void) { sign(curve("P-384"), EVP_sha384()); }
static void p521(void) { sign(curve("P-521"), EVP_sha512()); }
static void koblitz(void) { sign(curve("secp256k1"), EVP_sha256()); }
static void brainpool(void) { sign(curve("brainpoolP256r1"), EVP_sha256()); }
static void sm2(void) { sign(EVP_PKEY_Q_keygen(NULL, NULL, "SM2"), EVP_sm3()); }
static void ed25519(void) { sign(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), NULL); }
static void ed448(void) { sign(EVP_PKEY_Q_keygen(NULL, NULL, "ED448"), NULL); }
static void x25519(void) { agree(EVP_PKEY_Q_keygen(NULL, NULL, "X25519")); }
static void x448(void) { agree(EVP_PKEY_Q_keygen(NULL, NULL, "X448")); }

static void dh(void) {
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "DH", NULL);
  OSSL_PARAM group[2] = {OSSL_PARAM_construct_utf8_string("group", "ffdhe2048", 0), OSSL_PARAM_construct_end()};
  EVP_PKEY *key = NULL;
  must(EVP_PKEY_keygen_init(context) == 1 && EVP_PKEY_CTX_set_params(context, group) == 1, "group");
  must(EVP_PKEY_generate(context, &key) == 1, "generate");
  EVP_PKEY_CTX_free(context);
  agree(key);
}

static void dsa(void) {
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "DSA", NULL);
  EVP_PKEY *group = NULL, *key = NULL;
  must(EVP_PKEY_paramgen_init(context) == 1 && EVP_PKEY_CTX_set_dsa_paramgen_bits(context, 2048) == 1, "group");
  must(EVP_PKEY_CTX_set_dsa_paramgen_q_bits(context, 256) == 1 && EVP_PKEY_paramgen(context, &group) == 1, "group");
  EVP_PKEY_CTX *make = EVP_PKEY_CTX_new_from_pkey(NULL, group, NULL);
  must(EVP_PKEY_keygen_init(make) == 1 && EVP_PKEY_keygen(make, &key) == 1, "generate");
  EVP_PKEY_CTX_free(context);
  EVP_PKEY_CTX_free(make);
  sign(key, EVP_sha256());
}

static void encrypt(const char *name, int is_aead) {
  unsigned char key[64], iv[16] = {0}, out[64], tag[16];
  int length;
  EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, name, NULL);
  must(cipher != NULL, name);
  int size = EVP_CIPHER_get_key_length(cipher);
  random_bytes(key, size);
  truth("key", key, size);
  EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
  must(EVP_EncryptInit_ex2(context, cipher, key, iv, NULL) == 1, "key");
  explicit_bzero(key, sizeof key);
  must(EVP_EncryptUpdate(context, out, &length, (const unsigned char *)"sixteen byte blk", 16) == 1, "encrypt");
  if (is_aead) {
    must(EVP_EncryptFinal_ex(context, out, &length) == 1, "finish");
    must(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, tag) == 1, "tag");
  }
  kept[0] = context;
}

static void gcm128(void) { encrypt("AES-128-GCM", 1); }
static void gcm256(void) { encrypt("AES-256-GCM", 1); }
static void cbc256(void) { encrypt("AES-256-CBC", 0); }
static void chacha(void) { encrypt("ChaCha20-Poly1305", 1); }
static void des3(void) { encrypt("DES-EDE3-CBC", 0); }
static void camellia(void) { encrypt("CAMELLIA-256-CBC", 0); }
static void aria(void) { encrypt("ARIA-256-CBC", 0); }
static void sm4(void) { encrypt("SM4-CBC", 0); }
static void legacy(const char *name) {
  must(OSSL_PROVIDER_load(NULL, "legacy") && OSSL_PROVIDER_load(NULL, "default"), "legacy provider");
  encrypt(name, 0);
}
static void blowfish(void) { legacy("BF-CBC"); }
static void cast5(void) { legacy("CAST5-CBC"); }
static void seed(void) { legacy("SEED-CBC"); }
static void rc4(void) { legacy("RC4"); }

static void hmac(void) {
  unsigned char key[32], tag[32];
  size_t length;
  random_bytes(key, sizeof key);
  truth("key", key, sizeof key);
  EVP_MAC_CTX *context = EVP_MAC_CTX_new(EVP_MAC_fetch(NULL, "HMAC", NULL));
  OSSL_PARAM hash[2] = {OSSL_PARAM_construct_utf8_string("digest", "SHA256", 0), OSSL_PARAM_construct_end()};
  must(EVP_MAC_init(context, key, sizeof key, hash) == 1, "key");
  explicit_bzero(key, sizeof key);
  must(EVP_MAC_update(context, (const unsigned char *)"a message", 9) == 1 && EVP_MAC_final(context, tag, &length, 32) == 1, "tag");
  kept[0] = context;
}

int main(int count, char **words) {
  static const struct kind kinds[] = {
    {"rsa-2048", rsa}, {"p256", p256}, {"p384", p384}, {"p521", p521}, {"secp256k1", koblitz},
    {"brainpoolP256r1", brainpool}, {"sm2", sm2}, {"ed25519", ed25519}, {"ed448", ed448}, {"x25519", x25519},
    {"x448", x448}, {"dsa", dsa}, {"dh", dh}, {"aes-128-gcm", gcm128}, {"aes-256-gcm", gcm256}, {"aes-256-cbc", cbc256},
    {"chacha20-poly1305", chacha}, {"des3", des3}, {"camellia", camellia}, {"aria", aria}, {"sm4", sm4},
    {"blowfish", blowfish}, {"cast5", cast5}, {"seed", seed}, {"rc4", rc4}, {"hmac-sha256", hmac}, {NULL, NULL}};
  return hold(count, words, kinds);
}
