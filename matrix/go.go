package main

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/des"
	"fmt"
	"io"
	"math/big"
	"os"
)

var kept any
var message = []byte("sixteen byte blk")

// tell appends a line to the truth, digit by digit, from the bytes where they stand.
func tell(name string, value []byte) {
	file, err := os.OpenFile(os.Args[2], os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0600)
	must(err)
	file.WriteString(name + " ")
	digits := []byte("0123456789abcdef")
	for _, one := range value {
		file.Write(digits[one>>4 : one>>4+1])
		file.Write(digits[one&15 : one&15+1])
	}
	file.WriteString("\n")
	must(file.Close())
}

// number tells a number and wipes the bytes that it was copied to.
func number(name string, value *big.Int) {
	bytes := make([]byte, (value.BitLen()+7)/8)
	value.FillBytes(bytes)
	tell(name, bytes)
	for i := range bytes {
		bytes[i] = 0
	}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func draw(size int) []byte {
	key := make([]byte, size)
	rand.Read(key)
	tell("key", key)
	return key
}

func curve(of elliptic.Curve) func() any {
	return func() any {
		key, err := ecdsa.GenerateKey(of, rand.Reader)
		must(err)
		number("d", key.D)
		hash := sha256.Sum256(message)
		_, err = ecdsa.SignASN1(rand.Reader, key, hash[:])
		must(err)
		return key
	}
}

func gcm(size int) func() any {
	return func() any {
		key := draw(size)
		block, err := aes.NewCipher(key)
		must(err)
		box, err := cipher.NewGCM(block)
		must(err)
		box.Seal(nil, make([]byte, 12), message, nil)
		return []any{key, box}
	}
}

func cbc(size int, of func([]byte) (cipher.Block, error)) func() any {
	return func() any {
		key := draw(size)
		block, err := of(key)
		must(err)
		mode := cipher.NewCBCEncrypter(block, make([]byte, block.BlockSize()))
		mode.CryptBlocks(make([]byte, 16), message)
		return []any{key, mode}
	}
}

func main() {
	kinds := map[string]func() any{
		"rsa-2048": func() any {
			key, err := rsa.GenerateKey(rand.Reader, 2048)
			must(err)
			number("p", key.Primes[0])
			number("q", key.Primes[1])
			hash := sha256.Sum256(message)
			_, err = rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, hash[:])
			must(err)
			return key
		},
		"p256": curve(elliptic.P256()), "p384": curve(elliptic.P384()), "p521": curve(elliptic.P521()),
		"ed25519": func() any {
			_, key, err := ed25519.GenerateKey(rand.Reader)
			must(err)
			tell("seed", key[:32])
			ed25519.Sign(key, message)
			return key
		},
		"aes-128-gcm": gcm(16), "aes-256-gcm": gcm(32), "aes-256-cbc": cbc(32, aes.NewCipher),
		"des3": cbc(24, des.NewTripleDESCipher),
		"hmac-sha256": func() any {
			key := draw(32)
			code := hmac.New(sha256.New, key)
			code.Write(message)
			return []any{key, code}
		},
	}
	if os.Args[1] == "--kinds" {
		for kind := range kinds {
			fmt.Println(kind)
		}
		return
	}
	kept = kinds[os.Args[1]]()
	fmt.Println("READY")
	io.ReadAll(os.Stdin)
	if kept == nil {
		os.Exit(1)
	}
}
