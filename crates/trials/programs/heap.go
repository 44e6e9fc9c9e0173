// Holds keys that it uses, and has its heap dumped by the runtime.
package main

import (
	"bufio"
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
)

type held struct {
	key   *rsa.PrivateKey
	curve *ecdsa.PrivateKey
	ed    ed25519.PrivateKey
	block interface{ Encrypt(dst, src []byte) }
	env   map[string]string
}

func must[T any](value T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return value
}

func put(name string, content []byte) {
	must(0, os.WriteFile(name, content, 0o600))
}

func main() {
	message := must(os.ReadFile("message"))
	h := &held{key: must(x509.ParsePKCS1PrivateKey(must(os.ReadFile("key.der")))), env: map[string]string{}}
	digest := sha256.Sum256(message)
	put("signature", must(rsa.SignPKCS1v15(rand.Reader, h.key, crypto.SHA256, digest[:])))
	block := must(aes.NewCipher(must(os.ReadFile("aes.key"))))
	h.block = block
	sealed := make([]byte, 16)
	block.Encrypt(sealed, must(os.ReadFile("block")))
	put("sealed", sealed)
	h.curve = must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	must(ecdsa.SignASN1(rand.Reader, h.curve, digest[:]))
	put("ec.key", h.curve.D.FillBytes(make([]byte, 32)))
	_, h.ed, _ = ed25519.GenerateKey(rand.Reader)
	put("ed.key", h.ed.Seed())
	ed25519.Sign(h.ed, message)
	// Settings as a program takes them: from a file, its arguments and its environment.
	for _, line := range bytes.Split(must(os.ReadFile(".env")), []byte("\n")) {
		name, value, _ := bytes.Cut(line, []byte("="))
		h.env[string(name)] = string(value)
	}
	for _, setting := range append(os.Args[1:], os.Environ()...) {
		name, _, _ := strings.Cut(setting, "=")
		h.env["given "+name] = strings.Clone(setting)
	}
	file := must(os.Create("heap.dump"))
	debug.WriteHeapDump(file.Fd())
	must(0, file.Close())
	fmt.Println("READY")
	bufio.NewReader(os.Stdin).ReadString('\n')
	runtime.KeepAlive(h)
}
