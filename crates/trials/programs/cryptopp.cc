#include "holder.h"
#include <cryptopp/aes.h>
#include <cryptopp/filters.h>
#include <cryptopp/modes.h>
#include <cryptopp/osrng.h>
#include <cryptopp/queue.h>
#include <cryptopp/rsa.h>
#include <cryptopp/sha.h>
#include <map>
#include <string>
using namespace CryptoPP;

int main() {
  static unsigned char der[4096];
  unsigned char secret[32], block[16], message[64];
  AutoSeededRandomPool random;
  ByteQueue queue;
  queue.Put(der, load("key.der", der, sizeof der));
  auto *key = new InvertibleRSAFunction;
  key->BERDecodePrivateKey(queue, false, 0);
  auto *signer = new RSASS<PKCS1v15, SHA256>::Signer(*key);
  load("message", message, 64);
  std::string signature(signer->MaxSignatureLength(), 0);
  signature.resize(signer->SignMessage(random, message, 64, (byte *)signature.data()));
  store("signature", (const unsigned char *)signature.data(), signature.size());
  load("aes.key", secret, 32);
  load("block", block, 16);
  auto *cipher = new ECB_Mode<AES>::Encryption(secret, 32);
  cipher->ProcessData(block, block, 16);
  store("sealed", block, 16);
  load_settings();
  std::map<std::string, std::string> headers{{"Authorization", setting("AUTHORIZATION")}, {"Cookie", std::string("Cookie: ") + setting("SESSION_COOKIE")}};
  hold();
  return headers.empty();
}
