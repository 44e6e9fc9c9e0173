import forge from 'node-forge';
import { hold, tell } from './holder.mjs';

const message = 'sixteen byte blk';

// Binary strings are what this library keeps keys in.
const bytes = (text) => Uint8Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
function draw(size) {
  const key = forge.random.getBytesSync(size), copy = bytes(key);
  tell('key', copy);
  copy.fill(0);
  return key;
}
// A big number's digits of 28 bits, as bytes with the most significant first.
function number(name, value) {
  const copy = new Uint8Array(Math.ceil(value.bitLength() / 8));
  for (let bit = 0; bit < copy.length * 8; bit++) {
    const digit = value.data[Math.floor(bit / 28)] ?? 0;
    copy[copy.length - 1 - (bit >> 3)] |= (digit >> bit % 28 & 1) << (bit & 7);
  }
  tell(name, copy);
  copy.fill(0);
}
const encrypts = (name, size, iv) => () => {
  const cipher = forge.cipher.createCipher(name, draw(size));
  cipher.start({ iv: '\0'.repeat(iv) });
  cipher.update(forge.util.createBuffer(message));
  return cipher;
};

await hold({
  'rsa-2048': () => {
    const pair = forge.pki.rsa.generateKeyPair({ bits: 2048, algorithm: 'PRIMEINC', prng: forge.random });
    number('p', pair.privateKey.p);
    number('q', pair.privateKey.q);
    pair.privateKey.sign(forge.md.sha256.create().update(message));
    return pair;
  },
  'ed25519': () => {
    const pair = forge.pki.ed25519.generateKeyPair();
    tell('seed', pair.privateKey.subarray(0, 32));
    forge.pki.ed25519.sign({ message, encoding: 'utf8', privateKey: pair.privateKey });
    return pair;
  },
  'aes-128-gcm': encrypts('AES-GCM', 16, 12), 'aes-256-gcm': encrypts('AES-GCM', 32, 12),
  'aes-256-cbc': encrypts('AES-CBC', 32, 16), 'des3': encrypts('3DES-CBC', 24, 8),
  'hmac-sha256': () => {
    const code = forge.hmac.create();
    code.start('sha256', draw(32));
    code.update(message);
    return code;
  },
});
