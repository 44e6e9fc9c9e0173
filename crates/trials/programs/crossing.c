#include "holder.h"
#include <fcntl.h>
#include <openssl/aes.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define PAGE 4096

/* Uses the keys, in a process that leaves nothing behind. */
static void prove(void) {
  unsigned char message[64], signature[512], secret[32], block[16];
  size_t length = sizeof signature;
  FILE *file = fopen("key.pem", "rb");
  EVP_PKEY *key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  load("message", message, 64);
  check("sign", EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) != 1 ||
                EVP_DigestSign(context, signature, &length, message, 64) != 1);
  store("signature", signature, length);
  AES_KEY schedule;
  load("aes.key", secret, 32);
  load("block", block, 16);
  AES_set_encrypt_key(secret, 256, &schedule);
  AES_encrypt(block, block, &schedule);
  store("sealed", block, 16);
}

/* Reads without a buffer that would keep what was read. */
static size_t read_raw(const char *name, unsigned char *out, size_t most) {
  int file = open(name, O_RDONLY);
  ssize_t count = read(file, out, most);
  check(name, count <= 0);
  close(file);
  return count;
}

int main(void) {
  pid_t child = fork();
  if (!child) { prove(); _exit(0); }
  int status;
  check("child", waitpid(child, &status, 0) != child || status);

  unsigned char *pages = mmap(NULL, 64 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  static unsigned char der[4096], secret[32];
  memset(pages, 1, 64 * PAGE);
  read_raw("key.der", der, sizeof der);
  /* Version, modulus, exponents and primes: the modulus in one page, each prime across two. */
  const unsigned char *at = der + 4;
  for (int i = 0; i < 6; i++) {
    size_t length = at[1], header = 2;
    if (length & 0x80) {
      header += length & 0x7f;
      length = 0;
      for (size_t j = 2; j < header; j++) length = length << 8 | at[j];
    }
    at += header;
    size_t sign = at[0] == 0;
    if (i == 1) memcpy(pages + 2 * PAGE + 256, at + sign, length - sign);
    if (i == 4) memcpy(pages + 5 * PAGE - 40, at + sign, length - sign);
    if (i == 5) memcpy(pages + 9 * PAGE - 72, at + sign, length - sign);
    at += length;
  }
  explicit_bzero(der, sizeof der);
  read_raw("aes.key", secret, 32);
  AES_set_encrypt_key(secret, 256, (AES_KEY *)(pages + 20 * PAGE - 104));
  explicit_bzero(secret, sizeof secret);
  load_settings();
  hold();
  return 0;
}
