import elliptic from 'elliptic';
import { hold, tell } from './holder.mjs';

const message = Array.from('a message of thirty-two bytes...', (letter) => letter.charCodeAt(0));

// A number's digits of 26 bits, as bytes with the most significant first; those of X25519 the other way round.
function number(name, value, size) {
  const turned = name === 'key';
  const copy = new Uint8Array(size);
  for (let bit = 0; bit < size * 8; bit++) {
    const digit = value.words[Math.floor(bit / 26)] ?? 0;
    copy[turned ? bit >> 3 : size - 1 - (bit >> 3)] |= (digit >> bit % 26 & 1) << (bit & 7);
  }
  tell(name, copy);
  copy.fill(0);
}
const signs = (name, size) => () => {
  const pair = new elliptic.ec(name).genKeyPair();
  number('d', pair.getPrivate(), size);
  pair.getPublic();
  pair.sign(message);
  return pair;
};

await hold({
  'p256': signs('p256', 32), 'p384': signs('p384', 48), 'p521': signs('p521', 66), 'secp256k1': signs('secp256k1', 32),
  'ed25519': () => {
    const curve = new elliptic.eddsa('ed25519');
    const seed = crypto.getRandomValues(new Uint8Array(32));
    tell('seed', seed);
    const pair = curve.keyFromSecret(seed);
    pair.sign(message);
    return pair;
  },
  'x25519': () => {
    const curve = new elliptic.ec('curve25519');
    const pair = curve.genKeyPair();
    number('key', pair.getPrivate(), 32);
    pair.derive(curve.genKeyPair().getPublic());
    return pair;
  },
});
