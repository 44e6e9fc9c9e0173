/* What every holder in C and C++ shares: the list of kinds, the truth, and the wait. */
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct kind { const char *name; void (*make)(void); };

static const char *truth_path;

static void must(int good, const char *what) {
  if (!good) { printf("%s failed\n", what); fflush(stdout); exit(9); }
}

/* Appends a line to the truth, digit by digit, without a buffer of its own. */
static void truth(const char *name, const void *bytes, size_t count) {
  int file = open(truth_path, O_CREAT | O_WRONLY | O_APPEND, 0600);
  must(file >= 0 && write(file, name, strlen(name)) > 0 && write(file, " ", 1) == 1, "truth");
  for (size_t i = 0; i < count; i++) {
    must(write(file, &"0123456789abcdef"[((const unsigned char *)bytes)[i] >> 4], 1) == 1, "truth");
    must(write(file, &"0123456789abcdef"[((const unsigned char *)bytes)[i] & 15], 1) == 1, "truth");
  }
  must(write(file, "\n", 1) == 1 && close(file) == 0, "truth");
}

/* Begins a block that runs in a copy of the process: what it makes of the key stays there. */
#define IN_A_COPY for (int in_copy_ = begin_copy(); in_copy_; end_copy())
static int begin_copy(void) {
  pid_t child = fork();
  must(child >= 0, "fork");
  if (child == 0) return 1;
  int status;
  must(waitpid(child, &status, 0) == child && status == 0, "the copy that writes the truth");
  return 0;
}
static void end_copy(void) { _exit(0); }

static void random_bytes(void *out, size_t count) {
  int file = open("/dev/urandom", O_RDONLY);
  must(file >= 0 && read(file, out, count) == (ssize_t)count && close(file) == 0, "random");
}

static int hold(int count, char **words, const struct kind *kinds) {
  if (count == 2 && !strcmp(words[1], "--kinds")) {
    for (; kinds->name; kinds++) puts(kinds->name);
    return 0;
  }
  must(count == 3, "holder KIND TRUTH");
  truth_path = words[2];
  while (kinds->name && strcmp(kinds->name, words[1])) kinds++;
  must(kinds->name != NULL, "find the kind");
  kinds->make();
  puts("READY");
  fflush(stdout);
  while (getchar() != EOF) {}
  return 0;
}
