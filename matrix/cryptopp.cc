#include "holder.h"
#include <cryptopp/aes.h>
#include <cryptopp/aria.h>
#include <cryptopp/blowfish.h>
#include <cryptopp/camellia.h>
#include <cryptopp/cast.h>
#include <cryptopp/chachapoly.h>
#include <cryptopp/des.h>
#include <cryptopp/dh.h>
#include <cryptopp/dsa.h>
#include <cryptopp/eccrypto.h>
#include <cryptopp/gcm.h>
#include <cryptopp/hmac.h>
#include <cryptopp/modes.h>
#include <cryptopp/oids.h>
#include <cryptopp/osrng.h>
#include <cryptopp/rsa.h>
#include <cryptopp/sha.h>
#include <cryptopp/sm4.h>
#include <cryptopp/seed.h>
#include <cryptopp/twofish.h>
#include <cryptopp/xed25519.h>
using namespace CryptoPP;

static AutoSeededRandomPool &random_pool = *new AutoSeededRandomPool;
static byte out[1024];
static const byte *message = (const byte *)"sixteen byte blk";

static void number(const char *name, const Integer &value) {
  IN_A_COPY {
    byte bytes[512];
    size_t size = value.MinEncodedSize();
    value.Encode(bytes, size);
    truth(name, bytes, size);
  }
}
static void rsa() {
  auto *key = new RSA::PrivateKey;
  key->GenerateRandomWithKeySize(random_pool, 2048);
  Integer exponent = key->GetPublicExponent();
  number("e", exponent);
  number("p", key->GetPrime1());
  number("q", key->GetPrime2());
  auto *signer = new RSASS<PKCS1v15, SHA256>::Signer(*key);
  signer->SignMessage(random_pool, message, 16, out);
}
static void ecdsa(const OID &curve) {
  auto *key = new ECDSA<ECP, SHA256>::PrivateKey;
  key->Initialize(random_pool, curve);
  number("d", key->GetPrivateExponent());
  auto *signer = new ECDSA<ECP, SHA256>::Signer(*key);
  signer->SignMessage(random_pool, message, 16, out);
}
static void p256() { ecdsa(ASN1::secp256r1()); }
static void p384() { ecdsa(ASN1::secp384r1()); }
static void p521() { ecdsa(ASN1::secp521r1()); }
static void koblitz() { ecdsa(ASN1::secp256k1()); }
static void brainpool() { ecdsa(ASN1::brainpoolP256r1()); }
static void dsa() {
  auto *key = new DSA2<SHA256>::PrivateKey;
  key->GenerateRandomWithKeySize(random_pool, 2048);
  number("x", key->GetPrivateExponent());
  auto *signer = new DSA2<SHA256>::Signer(*key);
  signer->SignMessage(random_pool, message, 16, out);
}
static void edwards() {
  auto *signer = new ed25519::Signer(random_pool);
  auto &key = dynamic_cast<ed25519PrivateKey &>(signer->AccessPrivateKey());
  truth("seed", key.GetPrivateKeyBytePtr(), 32);
  signer->SignMessage(random_pool, message, 16, out);
}
static void montgomery() {
  auto *key = new class x25519(random_pool);
  byte *secret = new byte[32], shared[32], public_[32], other[32], peer[32];
  key->GenerateKeyPair(random_pool, secret, public_);
  truth("key", secret, 32);
  key->GenerateKeyPair(random_pool, other, peer);
  must(key->Agree(shared, secret, peer), "agree");
}

template <class T> static void encrypt(size_t size, size_t iv) {
  byte key[32], zeros[16] = {0};
  random_bytes(key, size);
  truth("key", key, size);
  auto *cipher = new T;
  cipher->SetKeyWithIV(key, size, zeros, iv);
  explicit_bzero(key, sizeof key);
  cipher->ProcessData(out, message, 16);
}
static void gcm128() { encrypt<GCM<AES>::Encryption>(16, 12); }
static void gcm256() { encrypt<GCM<AES>::Encryption>(32, 12); }
static void cbc256() { encrypt<CBC_Mode<AES>::Encryption>(32, 16); }
static void chacha() { encrypt<ChaCha20Poly1305::Encryption>(32, 12); }
static void des3() { encrypt<CBC_Mode<DES_EDE3>::Encryption>(24, 8); }
static void camellia() { encrypt<CBC_Mode<Camellia>::Encryption>(32, 16); }
static void aria() { encrypt<CBC_Mode<ARIA>::Encryption>(32, 16); }
static void sm4() { encrypt<CBC_Mode<SM4>::Encryption>(16, 16); }
static void blowfish() { encrypt<CBC_Mode<Blowfish>::Encryption>(16, 8); }
static void twofish() { encrypt<CBC_Mode<Twofish>::Encryption>(32, 16); }
static void cast5() { encrypt<CBC_Mode<CAST128>::Encryption>(16, 8); }
static void seed() { encrypt<CBC_Mode<SEED>::Encryption>(16, 16); }
static void hmac() {
  byte key[32];
  random_bytes(key, 32);
  truth("key", key, 32);
  auto *code = new HMAC<SHA256>(key, 32);
  explicit_bzero(key, sizeof key);
  code->Update(message, 16);
  code->Final(out);
}

int main(int count, char **words) {
  static const struct kind kinds[] = {
    {"rsa-2048", rsa}, {"p256", p256}, {"p384", p384}, {"p521", p521}, {"secp256k1", koblitz},
    {"brainpoolP256r1", brainpool}, {"ed25519", edwards}, {"x25519", montgomery}, {"dsa", dsa}, {"aes-128-gcm", gcm128},
    {"aes-256-gcm", gcm256}, {"aes-256-cbc", cbc256}, {"chacha20-poly1305", chacha}, {"des3", des3},
    {"camellia", camellia}, {"aria", aria}, {"sm4", sm4}, {"blowfish", blowfish}, {"twofish", twofish}, {"cast5", cast5},
    {"seed", seed}, {"hmac-sha256", hmac}, {NULL, NULL}};
  return hold(count, words, kinds);
}
