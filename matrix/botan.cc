#include "holder.h"
#include <botan/aead.h>
#include <botan/auto_rng.h>
#include <botan/cipher_mode.h>
#include <botan/curve25519.h>
#include <botan/dh.h>
#include <botan/dl_group.h>
#include <botan/dsa.h>
#include <botan/ecdsa.h>
#include <botan/ed25519.h>
#include <botan/mac.h>
#include <botan/pkcs8.h>
#include <botan/pubkey.h>
#include <botan/rsa.h>
#include <botan/sm2.h>
using namespace Botan;

static AutoSeeded_RNG &rng = *new AutoSeeded_RNG;
static Private_Key *kept;
static Cipher_Mode *mode;
static MessageAuthenticationCode *code;
static const uint8_t *message = (const uint8_t *)"sixteen byte blk";

static void tell(Private_Key *key) {
  kept = key;
  IN_A_COPY {
    auto der = PKCS8::BER_encode(*key);
    truth("pkcs8", der.data(), der.size());
  }
}
static void sign(Private_Key *key, const char *padding) {
  tell(key);
  PK_Signer signer(*key, rng, padding);
  signer.sign_message(message, 16, rng);
}
static void ecdsa(const char *curve) { sign(new ECDSA_PrivateKey(rng, EC_Group(curve)), "EMSA1(SHA-256)"); }
static void rsa() { sign(new RSA_PrivateKey(rng, 2048), "EMSA3(SHA-256)"); }
static void p256() { ecdsa("secp256r1"); }
static void p384() { ecdsa("secp384r1"); }
static void p521() { ecdsa("secp521r1"); }
static void koblitz() { ecdsa("secp256k1"); }
static void brainpool() { ecdsa("brainpool256r1"); }
static void sm2() { sign(new SM2_PrivateKey(rng, EC_Group("sm2p256v1")), "SM3"); }
static void dsa() { sign(new DSA_PrivateKey(rng, DL_Group("dsa/botan/2048")), "EMSA1(SHA-256)"); }
static void ed25519() {
  auto *key = new Ed25519_PrivateKey(rng);
  kept = key;
  truth("seed", key->get_private_key().data(), 32);
  PK_Signer signer(*key, rng, "Pure");
  signer.sign_message(message, 16, rng);
}
static void agree(PK_Key_Agreement_Key *key, PK_Key_Agreement_Key *peer) {
  PK_Key_Agreement agreement(dynamic_cast<Private_Key &>(*key), rng, "Raw");
  agreement.derive_key(32, peer->public_value());
  delete peer;
}
static void x25519() {
  auto *key = new X25519_PrivateKey(rng);
  kept = key;
  truth("key", key->get_x().data(), 32);
  agree(key, new X25519_PrivateKey(rng));
}
static void dh() {
  DL_Group group("ffdhe/ietf/2048");
  auto *key = new DH_PrivateKey(rng, group);
  tell(key);
  agree(key, new DH_PrivateKey(rng, group));
}

static secure_vector<uint8_t> draw_key(size_t size) {
  secure_vector<uint8_t> key(size);
  random_bytes(key.data(), size);
  truth("key", key.data(), size);
  return key;
}
static void encrypt(const char *name, size_t size, size_t iv) {
  mode = Cipher_Mode::create(name, ENCRYPTION).release();
  must(mode != nullptr, name);
  mode->set_key(draw_key(size));
  uint8_t zeros[16] = {0};
  mode->start(zeros, iv);
  secure_vector<uint8_t> text(message, message + 16);
  mode->finish(text);
}
static void gcm128() { encrypt("AES-128/GCM", 16, 12); }
static void gcm256() { encrypt("AES-256/GCM", 32, 12); }
static void cbc256() { encrypt("AES-256/CBC/NoPadding", 32, 16); }
static void chacha() { encrypt("ChaCha20Poly1305", 32, 12); }
static void des3() { encrypt("3DES/CBC/NoPadding", 24, 8); }
static void camellia() { encrypt("Camellia-256/CBC/NoPadding", 32, 16); }
static void aria() { encrypt("ARIA-256/CBC/NoPadding", 32, 16); }
static void sm4() { encrypt("SM4/CBC/NoPadding", 16, 16); }
static void blowfish() { encrypt("Blowfish/CBC/NoPadding", 16, 8); }
static void twofish() { encrypt("Twofish/CBC/NoPadding", 32, 16); }
static void cast5() { encrypt("CAST-128/CBC/NoPadding", 16, 8); }
static void seed() { encrypt("SEED/CBC/NoPadding", 16, 16); }
static void hmac() {
  code = MessageAuthenticationCode::create("HMAC(SHA-256)").release();
  code->set_key(draw_key(32));
  code->update(message, 16);
  code->final();
}

int main(int count, char **words) {
  static const struct kind kinds[] = {
    {"rsa-2048", rsa}, {"p256", p256}, {"p384", p384}, {"p521", p521}, {"secp256k1", koblitz},
    {"brainpoolP256r1", brainpool}, {"sm2", sm2}, {"ed25519", ed25519}, {"x25519", x25519}, {"dsa", dsa}, {"dh", dh},
    {"aes-128-gcm", gcm128}, {"aes-256-gcm", gcm256}, {"aes-256-cbc", cbc256}, {"chacha20-poly1305", chacha},
    {"des3", des3}, {"camellia", camellia}, {"aria", aria}, {"sm4", sm4}, {"blowfish", blowfish},
    {"twofish", twofish}, {"cast5", cast5}, {"seed", seed}, {"hmac-sha256", hmac}, {NULL, NULL}};
  return hold(count, words, kinds);
}
