/* Holds an RSA key and an AES key in CNG and the text of a PEM file, proves it by use, and waits; or, told a process,
   a file and a type, dumps that process with MiniDumpWriteDump. */

#include <windows.h>
#include <bcrypt.h>
#include <dbghelp.h>
#include <stdio.h>
#include <stdlib.h>

enum { FILE_BYTES_MAX = 1 << 16 };

static void fail(const char *what, unsigned long why)
{
    fprintf(stderr, "%s: %#lx\n", what, why);
    exit(1);
}

static void sure(NTSTATUS status, const char *what)
{
    if (status != 0)
        fail(what, (unsigned long)status);
}

static unsigned char *get(const char *name, ULONG *length)
{
    FILE *file = fopen(name, "rb");
    unsigned char *bytes = malloc(FILE_BYTES_MAX);
    if (file == NULL || bytes == NULL)
        fail(name, GetLastError());
    *length = (ULONG)fread(bytes, 1, FILE_BYTES_MAX, file);
    fclose(file);
    return bytes;
}

static void put(const char *name, const void *bytes, ULONG length)
{
    FILE *file = fopen(name, "wb");
    if (file == NULL || fwrite(bytes, 1, length, file) != length || fclose(file) != 0)
        fail(name, GetLastError());
}

static int dump(DWORD id, const char *name, int type)
{
    HANDLE process = OpenProcess(PROCESS_ALL_ACCESS, FALSE, id);
    HANDLE file = CreateFileA(name, GENERIC_READ | GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    if (process == NULL || file == INVALID_HANDLE_VALUE
        || !MiniDumpWriteDump(process, id, file, (MINIDUMP_TYPE)type, NULL, NULL, NULL))
        fail(name, GetLastError());
    CloseHandle(file);
    return 0;
}

int main(int count, char **arguments)
{
    BCRYPT_ALG_HANDLE algorithm, hash;
    BCRYPT_KEY_HANDLE aes, rsa;
    BCRYPT_PKCS1_PADDING_INFO padding = { BCRYPT_SHA256_ALGORITHM };
    unsigned char out[1024], digest[32];
    ULONG length, used;

    if (count == 4)
        return dump(strtoul(arguments[1], NULL, 10), arguments[2], atoi(arguments[3]));

    unsigned char *key = get("aes.key", &length);
    sure(BCryptOpenAlgorithmProvider(&algorithm, BCRYPT_AES_ALGORITHM, NULL, 0), "open AES");
    sure(BCryptSetProperty(algorithm, BCRYPT_CHAINING_MODE, (PUCHAR)BCRYPT_CHAIN_MODE_ECB,
             sizeof BCRYPT_CHAIN_MODE_ECB, 0), "set the mode");
    sure(BCryptGenerateSymmetricKey(algorithm, &aes, NULL, 0, key, length, 0), "make the AES key");
    unsigned char *block = get("block", &length);
    sure(BCryptEncrypt(aes, block, length, NULL, NULL, 0, out, sizeof out, &used, 0), "encrypt");
    put("sealed", out, used);

    unsigned char *blob = get("key.blob", &length);
    sure(BCryptOpenAlgorithmProvider(&algorithm, BCRYPT_RSA_ALGORITHM, NULL, 0), "open RSA");
    sure(BCryptImportKeyPair(algorithm, NULL, BCRYPT_RSAFULLPRIVATE_BLOB, &rsa, blob, length, 0), "import the RSA key");
    unsigned char *message = get("message", &length);
    sure(BCryptOpenAlgorithmProvider(&hash, BCRYPT_SHA256_ALGORITHM, NULL, 0), "open SHA-256");
    sure(BCryptHash(hash, NULL, 0, message, length, digest, sizeof digest), "digest");
    sure(BCryptSignHash(rsa, &padding, digest, sizeof digest, out, sizeof out, &used, BCRYPT_PAD_PKCS1), "sign");
    put("signature", out, used);

    unsigned char *text = get("key.pem", &length);
    printf("READY %lu, with %lu characters\n", GetCurrentProcessId(), length);
    fflush(stdout);
    getchar();
    return text[0] == 0;
}
