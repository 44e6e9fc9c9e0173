import { cbc, gcm } from '@noble/ciphers/aes.js';
import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { ed25519, x25519 } from '@noble/curves/ed25519.js';
import { ed448, x448 } from '@noble/curves/ed448.js';
import { brainpoolP256r1 } from '@noble/curves/misc.js';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { ml_dsa65 } from '@noble/post-quantum/ml-dsa.js';
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js';
import { hold, tell } from './holder.mjs';

const message = Uint8Array.from('sixteen byte blk', (letter) => letter.charCodeAt(0));

const signs = (curve, name) => () => {
  const key = curve.utils.randomSecretKey();
  tell(name, key);
  return [key, curve.getPublicKey(key), curve.sign(message, key)];
};
const agrees = (curve) => () => {
  const key = curve.utils.randomSecretKey();
  tell('key', key);
  return [key, curve.getSharedSecret(key, curve.getPublicKey(key))];
};
const encrypts = (cipher, size, iv) => () => {
  const key = crypto.getRandomValues(new Uint8Array(size));
  tell('key', key);
  const box = cipher(key, new Uint8Array(iv));
  box.encrypt(message);
  return [key, box];
};

await hold({
  'p256': signs(p256, 'd'), 'p384': signs(p384, 'd'), 'p521': signs(p521, 'd'), 'secp256k1': signs(secp256k1, 'd'),
  'brainpoolP256r1': signs(brainpoolP256r1, 'd'), 'ed25519': signs(ed25519, 'seed'), 'ed448': signs(ed448, 'seed'),
  'x25519': agrees(x25519), 'x448': agrees(x448),
  'ml-kem-768': () => {
    const pair = ml_kem768.keygen();
    tell('dk', pair.secretKey);
    ml_kem768.decapsulate(ml_kem768.encapsulate(pair.publicKey).cipherText, pair.secretKey);
    return pair;
  },
  'ml-dsa-65': () => {
    const pair = ml_dsa65.keygen();
    tell('sk', pair.secretKey);
    ml_dsa65.sign(message, pair.secretKey);
    return pair;
  },
  'aes-128-gcm': encrypts(gcm, 16, 12), 'aes-256-gcm': encrypts(gcm, 32, 12), 'aes-256-cbc': encrypts(cbc, 32, 16),
  'chacha20-poly1305': encrypts(chacha20poly1305, 32, 12),
  'hmac-sha256': () => {
    const key = crypto.getRandomValues(new Uint8Array(32));
    tell('key', key);
    return [key, hmac.create(sha256, key).update(message)];
  },
});
