// Holds numbers of an RSA key, a key and a password in memory, and stops for a debugger.
// Usage: crash NUMBERS KEY: p, q and n of 128, 128 and 256 bytes, and 32 bytes.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

unsigned long words[64];

// As libraries hold a number: least significant word first.
static void limbs(unsigned long *out, const unsigned char *number, int count) {
    for (int at = 0; at < count; at++)
        for (int byte = 0; byte < 8; byte++)
            out[at] = out[at] << 8 | number[(count - 1 - at) * 8 + byte];
}

__attribute__((noinline)) static void stop(const unsigned char *key, const char *password) {
    char local[32];
    memcpy(local, key, sizeof local);
    printf("ready %d %p\n", password != 0, (void *)local);
    fflush(stdout);
    for (;;)
        pause();
}

int main(int count, char **arguments) {
    unsigned char key[32], numbers[512];
    FILE *file = count < 3 ? 0 : fopen(arguments[1], "rb");
    if (!file || fread(numbers, 1, sizeof numbers, file) != sizeof numbers)
        return 1;
    limbs(words, numbers, 16);
    limbs(words + 16, numbers + 128, 16);
    limbs(words + 32, numbers + 256, 32);
    file = fopen(arguments[2], "rb");
    if (!file || fread(key, 1, sizeof key, file) != sizeof key)
        return 1;
    stop(key, getenv("DB_PASSWORD"));
    return 0;
}
