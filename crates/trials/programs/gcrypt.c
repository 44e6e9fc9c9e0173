#include "holder.h"
#include <gcrypt.h>

/* The nine numbers of key.der, after the header of its sequence. */
static gcry_mpi_t number(const unsigned char **at) {
  const unsigned char *p = *at;
  size_t length = p[1], header = 2;
  if (length & 0x80) {
    header += length & 0x7f;
    length = 0;
    for (size_t i = 2; i < header; i++) length = length << 8 | p[i];
  }
  gcry_mpi_t out;
  check("number", gcry_mpi_scan(&out, GCRYMPI_FMT_STD, p + header, length, NULL));
  *at = p + header + length;
  return out;
}

int main(void) {
  static unsigned char der[4096];
  unsigned char secret[32], block[16], message[64], hash[32], signature[256];
  gcry_check_version(NULL);
  gcry_control(GCRYCTL_INIT_SECMEM, 65536, 0);
  gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
  load("key.der", der, sizeof der);
  const unsigned char *at = der + 4;
  gcry_mpi_t n[9];
  for (int i = 0; i < 9; i++) n[i] = number(&at);
  gcry_sexp_t key, data, signed_, part;
  /* libgcrypt wants p < q and u = 1/p mod q. */
  gcry_mpi_t u = gcry_mpi_new(2048), p = n[4], q = n[5];
  if (gcry_mpi_cmp(p, q) > 0) { p = n[5]; q = n[4]; }
  gcry_mpi_invm(u, p, q);
  check("key", gcry_sexp_build(&key, NULL, "(private-key (rsa (n %m) (e %m) (d %m) (p %m) (q %m) (u %m)))", n[1], n[2], n[3], p, q, u));
  load("message", message, 64);
  gcry_md_hash_buffer(GCRY_MD_SHA256, hash, message, 64);
  check("data", gcry_sexp_build(&data, NULL, "(data (flags pkcs1) (hash sha256 %b))", 32, hash));
  check("sign", gcry_pk_sign(&signed_, data, key));
  part = gcry_sexp_find_token(signed_, "s", 0);
  gcry_mpi_t s = gcry_sexp_nth_mpi(part, 1, GCRYMPI_FMT_USG);
  size_t length = 0;
  check("print", gcry_mpi_print(GCRYMPI_FMT_USG, signature, sizeof signature, &length, s));
  store("signature", signature, length);
  load("aes.key", secret, 32);
  load("block", block, 16);
  gcry_cipher_hd_t cipher;
  check("open", gcry_cipher_open(&cipher, GCRY_CIPHER_AES256, GCRY_CIPHER_MODE_ECB, 0));
  check("aes", gcry_cipher_setkey(cipher, secret, 32));
  check("block", gcry_cipher_encrypt(cipher, block, 16, NULL, 0));
  store("sealed", block, 16);
  load_settings();
  hold();
  return 0;
}
