#include "holder.h"
#include <secp256k1.h>

static void koblitz(void) {
  static unsigned char secret[32];
  unsigned char message[32] = {1}, seed[32];
  secp256k1_ecdsa_signature signature;
  static secp256k1_pubkey public;
  secp256k1_context *context = secp256k1_context_create(SECP256K1_CONTEXT_SIGN | SECP256K1_CONTEXT_VERIFY);
  random_bytes(seed, 32);
  must(secp256k1_context_randomize(context, seed), "blinding");
  do random_bytes(secret, 32); while (!secp256k1_ec_seckey_verify(context, secret));
  truth("d", secret, 32);
  must(secp256k1_ec_pubkey_create(context, &public, secret), "public key");
  must(secp256k1_ecdsa_sign(context, &signature, message, secret, NULL, NULL), "sign");
}

int main(int count, char **words) {
  static const struct kind kinds[] = {{"secp256k1", koblitz}, {NULL, NULL}};
  return hold(count, words, kinds);
}
