import nacl from 'tweetnacl';
import { hold, tell } from './holder.mjs';

const message = Uint8Array.from('sixteen byte blk', (letter) => letter.charCodeAt(0));

await hold({
  'ed25519': () => {
    const pair = nacl.sign.keyPair();
    tell('seed', pair.secretKey.subarray(0, 32));
    nacl.sign.detached(message, pair.secretKey);
    return pair;
  },
  'x25519': () => {
    const pair = nacl.box.keyPair();
    tell('key', pair.secretKey);
    nacl.box(message, new Uint8Array(24), nacl.box.keyPair().publicKey, pair.secretKey);
    return pair;
  },
});
