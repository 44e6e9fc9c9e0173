/* What every holder in C does with the trial's folder. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static size_t load(const char *name, unsigned char *out, size_t most) {
  FILE *file = fopen(name, "rb");
  if (!file) { perror(name); exit(9); }
  size_t count = fread(out, 1, most, file);
  fclose(file);
  return count;
}

static void store(const char *name, const unsigned char *bytes, size_t count) {
  FILE *file = fopen(name, "wb");
  if (!file || fwrite(bytes, 1, count, file) != count || fclose(file)) { perror(name); exit(9); }
}

static void check(const char *what, int result) {
  if (result) { printf("%s failed with %d\n", what, result); fflush(stdout); exit(9); }
}

/* The settings as a table of strings on the heap, and a request made of them. */
static char *setting_table[32];
static char request[2048];
static const char *setting(const char *name) {
  for (int i = 0; setting_table[i]; i++) {
    size_t length = strlen(name);
    if (!strncmp(setting_table[i], name, length) && setting_table[i][length] == '=') return setting_table[i] + length + 1;
  }
  return "";
}
static void load_settings(void) {
  static unsigned char text[8192];
  text[load(".env", text, sizeof text - 1)] = 0;
  int count = 0;
  for (char *line = strtok((char *)text, "\n"); line && count < 31; line = strtok(NULL, "\n")) setting_table[count++] = strdup(line);
  snprintf(request, sizeof request, "GET /orders HTTP/1.1\r\nHost: api.internal\r\nAuthorization: %s\r\nCookie: %s\r\n\r\n",
           setting("AUTHORIZATION"), setting("SESSION_COOKIE"));
}

static void hold(void) {
  puts("READY");
  fflush(stdout);
  while (getchar() != EOF) {}
}
