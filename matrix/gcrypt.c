#include "holder.h"
#include <gcrypt.h>

static gcry_sexp_t expression(const char *text) {
  gcry_sexp_t out;
  must(!gcry_sexp_new(&out, text, 0, 1), text);
  return out;
}

/* Writes a number of the key, or the bytes of an Edwards or Montgomery key. */
static void tell(gcry_sexp_t key, const char *from, const char *name) {
  IN_A_COPY {
    size_t count;
    gcry_sexp_t part = gcry_sexp_find_token(key, from, 0);
    const char *bytes = gcry_sexp_nth_data(part, 1, &count);
    must(bytes != NULL, from);
    truth(name, bytes, count);
  }
}

static gcry_sexp_t generate(const char *what) {
  gcry_sexp_t request = expression(what), pair;
  must(!gcry_pk_genkey(&pair, request), "generate");
  gcry_sexp_t key = gcry_sexp_find_token(pair, "private-key", 0);
  gcry_sexp_release(request);
  gcry_sexp_release(pair);
  return key;
}

static void sign(gcry_sexp_t key, const char *what) {
  gcry_sexp_t data = expression(what), signature;
  must(!gcry_pk_sign(&signature, data, key), "sign");
  gcry_sexp_release(data);
  gcry_sexp_release(signature);
}

#define HASH "#0102030405060708091011121314151617181920212223242526272829303132#"
static void rsa(void) {
  gcry_sexp_t key = generate("(genkey (rsa (nbits 4:2048)))");
  tell(key, "p", "p");
  tell(key, "q", "q");
  sign(key, "(data (flags pkcs1) (hash sha256 " HASH "))");
}
static void dsa(void) {
  gcry_sexp_t key = generate("(genkey (dsa (nbits 4:2048)))");
  tell(key, "x", "x");
  sign(key, "(data (flags raw) (value " HASH "))");
}
static void ecdsa(const char *curve) {
  char what[100];
  snprintf(what, sizeof what, "(genkey (ecc (curve \"%s\")))", curve);
  gcry_sexp_t key = generate(what);
  tell(key, "d", "d");
  sign(key, "(data (flags raw) (hash sha256 " HASH "))");
}
static void p256(void) { ecdsa("NIST P-256"); }
static void p384(void) { ecdsa("NIST P-384"); }
static void p521(void) { ecdsa("NIST P-521"); }
static void koblitz(void) { ecdsa("secp256k1"); }
static void brainpool(void) { ecdsa("brainpoolP256r1"); }
static void sm2(void) {
  gcry_sexp_t key = generate("(genkey (ecc (curve \"sm2p256v1\")))");
  tell(key, "d", "d");
  sign(key, "(data (flags sm2) (hash sm3 " HASH "))");
}
static void ed25519(void) {
  gcry_sexp_t key = generate("(genkey (ecc (curve \"Ed25519\") (flags eddsa)))");
  tell(key, "d", "seed");
  sign(key, "(data (flags eddsa) (hash-algo sha512) (value " HASH "))");
}
static void ed448(void) {
  gcry_sexp_t key = generate("(genkey (ecc (curve \"Ed448\")))");
  tell(key, "d", "seed");
  sign(key, "(data (flags eddsa) (value " HASH "))");
}
static unsigned char kept[2][56];
static void agree(enum gcry_ecc_curves curve, size_t size) {
  unsigned char public[56], shared[56];
  random_bytes(kept[0], size);
  truth("key", kept[0], size);
  must(!gcry_ecc_mul_point(curve, public, kept[0], NULL), "public key");
  must(!gcry_ecc_mul_point(curve, shared, kept[0], public), "agree");
  memcpy(kept[1], public, size);
}
static void x25519(void) { agree(GCRY_ECC_CURVE25519, 32); }
static void x448(void) { agree(GCRY_ECC_CURVE448, 56); }

static void encrypt(int cipher, int mode) {
  unsigned char key[32], iv[16] = {0}, out[16], tag[16];
  gcry_cipher_hd_t handle;
  size_t size = gcry_cipher_get_algo_keylen(cipher), block = gcry_cipher_get_algo_blklen(cipher);
  random_bytes(key, size);
  truth("key", key, size);
  must(!gcry_cipher_open(&handle, cipher, mode, 0) && !gcry_cipher_setkey(handle, key, size), "key");
  explicit_bzero(key, sizeof key);
  int is_aead = mode == GCRY_CIPHER_MODE_GCM || mode == GCRY_CIPHER_MODE_POLY1305;
  must(!gcry_cipher_setiv(handle, iv, is_aead ? 12 : block), "start");
  must(!gcry_cipher_encrypt(handle, out, 16, "sixteen byte blk", 16), "encrypt");
  if (is_aead) must(!gcry_cipher_gettag(handle, tag, 16), "tag");
}
static void gcm128(void) { encrypt(GCRY_CIPHER_AES128, GCRY_CIPHER_MODE_GCM); }
static void gcm256(void) { encrypt(GCRY_CIPHER_AES256, GCRY_CIPHER_MODE_GCM); }
static void cbc256(void) { encrypt(GCRY_CIPHER_AES256, GCRY_CIPHER_MODE_CBC); }
static void chacha(void) { encrypt(GCRY_CIPHER_CHACHA20, GCRY_CIPHER_MODE_POLY1305); }
static void des3(void) { encrypt(GCRY_CIPHER_3DES, GCRY_CIPHER_MODE_CBC); }
static void camellia(void) { encrypt(GCRY_CIPHER_CAMELLIA256, GCRY_CIPHER_MODE_CBC); }
static void sm4(void) { encrypt(GCRY_CIPHER_SM4, GCRY_CIPHER_MODE_CBC); }
static void blowfish(void) { encrypt(GCRY_CIPHER_BLOWFISH, GCRY_CIPHER_MODE_CBC); }
static void twofish(void) { encrypt(GCRY_CIPHER_TWOFISH, GCRY_CIPHER_MODE_CBC); }
static void cast5(void) { encrypt(GCRY_CIPHER_CAST5, GCRY_CIPHER_MODE_CBC); }
static void seed(void) { encrypt(GCRY_CIPHER_SEED, GCRY_CIPHER_MODE_CBC); }
static void rc4(void) { encrypt(GCRY_CIPHER_ARCFOUR, GCRY_CIPHER_MODE_STREAM); }

static void hmac(void) {
  unsigned char key[32];
  gcry_md_hd_t handle;
  random_bytes(key, sizeof key);
  truth("key", key, sizeof key);
  must(!gcry_md_open(&handle, GCRY_MD_SHA256, GCRY_MD_FLAG_HMAC) && !gcry_md_setkey(handle, key, sizeof key), "key");
  explicit_bzero(key, sizeof key);
  gcry_md_write(handle, "a message", 9);
  must(gcry_md_read(handle, GCRY_MD_SHA256) != NULL, "tag");
}

int main(int count, char **words) {
  static const struct kind kinds[] = {
    {"rsa-2048", rsa}, {"p256", p256}, {"p384", p384}, {"p521", p521}, {"secp256k1", koblitz},
    {"brainpoolP256r1", brainpool}, {"sm2", sm2}, {"ed25519", ed25519}, {"ed448", ed448}, {"x25519", x25519},
    {"x448", x448}, {"dsa", dsa}, {"aes-128-gcm", gcm128}, {"aes-256-gcm", gcm256}, {"aes-256-cbc", cbc256},
    {"chacha20-poly1305", chacha}, {"des3", des3}, {"camellia", camellia}, {"sm4", sm4}, {"blowfish", blowfish},
    {"twofish", twofish},
    {"cast5", cast5}, {"seed", seed}, {"rc4", rc4}, {"hmac-sha256", hmac}, {NULL, NULL}};
  gcry_check_version(NULL);
  gcry_control(GCRYCTL_INIT_SECMEM, 65536, 0);
  gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
  return hold(count, words, kinds);
}
