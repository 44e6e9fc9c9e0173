import crypto from 'node:crypto';
import { hold, tell } from './holder.mjs';

const message = Buffer.from('sixteen byte blk');

function told(pair) {
  const der = pair.privateKey.export({ type: 'pkcs8', format: 'der' });
  tell('pkcs8', der);
  der.fill(0);
  return pair;
}
const signs = (type, options, hash) => () => {
  const pair = told(crypto.generateKeyPairSync(type, options));
  crypto.sign(hash, message, pair.privateKey);
  return pair;
};
const agrees = (type, options) => () => {
  const pair = told(crypto.generateKeyPairSync(type, options));
  const peer = crypto.generateKeyPairSync(type, options);
  crypto.diffieHellman({ privateKey: pair.privateKey, publicKey: peer.publicKey });
  return pair;
};
const encrypts = (name, size, iv, options) => () => {
  const key = crypto.randomBytes(size);
  tell('key', key);
  const cipher = crypto.createCipheriv(name, key, Buffer.alloc(iv), options);
  cipher.update(message);
  return [key, cipher];
};
const curve = (namedCurve) => signs('ec', { namedCurve }, 'sha256');

await hold({
  'rsa-2048': signs('rsa', { modulusLength: 2048 }, 'sha256'),
  'p256': curve('P-256'), 'p384': curve('P-384'), 'p521': curve('P-521'), 'secp256k1': curve('secp256k1'),
  'brainpoolP256r1': curve('brainpoolP256r1'),
  'ed25519': signs('ed25519', undefined, null), 'ed448': signs('ed448', undefined, null),
  'x25519': agrees('x25519'), 'x448': agrees('x448'),
  'dsa': signs('dsa', { modulusLength: 2048, divisorLength: 256 }, 'sha256'), 'dh': agrees('dh', { group: 'modp14' }),
  'aes-128-gcm': encrypts('aes-128-gcm', 16, 12), 'aes-256-gcm': encrypts('aes-256-gcm', 32, 12),
  'aes-256-cbc': encrypts('aes-256-cbc', 32, 16),
  'chacha20-poly1305': encrypts('chacha20-poly1305', 32, 12, { authTagLength: 16 }),
  'des3': encrypts('des-ede3-cbc', 24, 8), 'camellia': encrypts('camellia-256-cbc', 32, 16),
  'aria': encrypts('aria-256-cbc', 32, 16), 'sm4': encrypts('sm4-cbc', 16, 16),
  'hmac-sha256': () => {
    const key = crypto.randomBytes(32);
    tell('key', key);
    return [key, crypto.createHmac('sha256', key).update(message)];
  },
});
