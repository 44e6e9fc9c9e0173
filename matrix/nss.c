#include "holder.h"
#include <cryptohi.h>
#include <keyhi.h>
#include <nss.h>
#include <pk11pub.h>
#include <secoid.h>

static PK11SlotInfo *slot;

static void sign(unsigned long mechanism, void *params, SECOidTag algorithm) {
  SECKEYPublicKey *public;
  SECItem signature;
  SECKEYPrivateKey *key = PK11_GenerateKeyPair(slot, mechanism, params, &public, PR_FALSE, PR_FALSE, NULL);
  must(key != NULL, "generate");
  IN_A_COPY {
    SECItem value;
    if (mechanism == CKM_RSA_PKCS_KEY_PAIR_GEN) {
      must(!PK11_ReadRawAttribute(PK11_TypePrivKey, key, CKA_PRIME_1, &value), "p");
      truth("p", value.data, value.len);
      must(!PK11_ReadRawAttribute(PK11_TypePrivKey, key, CKA_PRIME_2, &value), "q");
      truth("q", value.data, value.len);
    } else {
      must(!PK11_ReadRawAttribute(PK11_TypePrivKey, key, CKA_VALUE, &value), "d");
      truth(algorithm ? "d" : "key", value.data, value.len);
    }
  }
  if (algorithm) must(!SEC_SignData(&signature, (const unsigned char *)"a message", 9, key, algorithm), "sign");
  else must(PK11_PubDerive(key, public, PR_FALSE, NULL, NULL, CKM_ECDH1_DERIVE, CKM_SHA512_HMAC, CKA_DERIVE, 32, NULL) != NULL, "agree");
}

static void rsa(void) {
  PK11RSAGenParams params = {2048, 65537};
  sign(CKM_RSA_PKCS_KEY_PAIR_GEN, &params, SEC_OID_PKCS1_SHA256_WITH_RSA_ENCRYPTION);
}
static void curve(SECOidTag tag, SECOidTag algorithm) {
  unsigned char der[32] = {6};
  SECOidData *oid = SECOID_FindOIDByTag(tag);
  der[1] = oid->oid.len;
  memcpy(der + 2, oid->oid.data, oid->oid.len);
  SECItem params = {siBuffer, der, oid->oid.len + 2};
  sign(CKM_EC_KEY_PAIR_GEN, &params, algorithm);
}
static void p256(void) { curve(SEC_OID_ANSIX962_EC_PRIME256V1, SEC_OID_ANSIX962_ECDSA_SHA256_SIGNATURE); }
static void p384(void) { curve(SEC_OID_SECG_EC_SECP384R1, SEC_OID_ANSIX962_ECDSA_SHA384_SIGNATURE); }
static void p521(void) { curve(SEC_OID_SECG_EC_SECP521R1, SEC_OID_ANSIX962_ECDSA_SHA512_SIGNATURE); }
static void x25519(void) { curve(SEC_OID_CURVE25519, 0); }

static void encrypt(unsigned long mechanism, int size, int is_aead) {
  unsigned char secret[32], iv[16] = {0}, out[64];
  unsigned length;
  int count;
  random_bytes(secret, size);
  truth("key", secret, size);
  SECItem raw = {siBuffer, secret, size};
  PK11SymKey *key = PK11_ImportSymKey(slot, mechanism, PK11_OriginUnwrap, CKA_ENCRYPT, &raw, NULL);
  explicit_bzero(secret, sizeof secret);
  must(key != NULL, "key");
  if (is_aead) {
    CK_GCM_PARAMS_V3 gcm = {iv, 12, 96, NULL, 0, 128};
    CK_NSS_AEAD_PARAMS chacha = {iv, 12, NULL, 0, 16};
    SECItem params = {siBuffer, (void *)&gcm, sizeof gcm};
    if (mechanism == CKM_NSS_CHACHA20_POLY1305) params.data = (void *)&chacha, params.len = sizeof chacha;
    must(!PK11_Encrypt(key, mechanism, &params, out, &length, sizeof out, (unsigned char *)"sixteen byte blk", 16), "encrypt");
  } else {
    SECItem params = {siBuffer, iv, mechanism == CKM_DES3_CBC ? 8 : 16};
    PK11Context *context = PK11_CreateContextBySymKey(mechanism, CKA_ENCRYPT, key, &params);
    must(context && !PK11_CipherOp(context, out, &count, sizeof out, (unsigned char *)"sixteen byte blk", 16), "encrypt");
  }
}
static void gcm128(void) { encrypt(CKM_AES_GCM, 16, 1); }
static void gcm256(void) { encrypt(CKM_AES_GCM, 32, 1); }
static void cbc256(void) { encrypt(CKM_AES_CBC, 32, 0); }
static void chacha(void) { encrypt(CKM_NSS_CHACHA20_POLY1305, 32, 1); }
static void des3(void) { encrypt(CKM_DES3_CBC, 24, 0); }
static void camellia(void) { encrypt(CKM_CAMELLIA_CBC, 32, 0); }

static void hmac(void) {
  unsigned char secret[32], tag[32];
  unsigned length;
  random_bytes(secret, 32);
  truth("key", secret, 32);
  SECItem raw = {siBuffer, secret, 32}, none = {siBuffer, NULL, 0};
  PK11SymKey *key = PK11_ImportSymKey(slot, CKM_SHA256_HMAC, PK11_OriginUnwrap, CKA_SIGN, &raw, NULL);
  explicit_bzero(secret, sizeof secret);
  PK11Context *context = PK11_CreateContextBySymKey(CKM_SHA256_HMAC, CKA_SIGN, key, &none);
  must(context && !PK11_DigestBegin(context), "key");
  must(!PK11_DigestOp(context, (unsigned char *)"a message", 9) && !PK11_DigestFinal(context, tag, &length, 32), "tag");
}

int main(int count, char **words) {
  static const struct kind kinds[] = {
    {"rsa-2048", rsa}, {"p256", p256}, {"p384", p384}, {"p521", p521}, {"x25519", x25519}, {"aes-128-gcm", gcm128},
    {"aes-256-gcm", gcm256}, {"aes-256-cbc", cbc256}, {"chacha20-poly1305", chacha}, {"des3", des3},
    {"camellia", camellia}, {"hmac-sha256", hmac}, {NULL, NULL}};
  if (count == 3) {
    must(NSS_NoDB_Init(".") == SECSuccess, "NSS");
    slot = PK11_GetInternalSlot();
  }
  return hold(count, words, kinds);
}
