// Holds secrets in strings of every kind that V8 has and writes its heap snapshot: by itself, or on SIGUSR2.
// Usage: node [--heapsnapshot-signal=SIGUSR2] snapshot.js FOLDER [FILE]
'use strict';
const fs = require('fs');
const path = require('path');
const v8 = require('v8');

const folder = process.argv[2];
const read = (name) => fs.readFileSync(path.join(folder, name));
const key = read('aes.key');

class Vault {
  constructor() {
    this.pem = read('key.pem').toString('latin1');
    this.token = read('token').toString('latin1');
    this.password = read('password').toString('latin1');
    this.hexadecimal = key.toString('hex');
    this.base64 = key.toString('base64');
    // Bytes as characters: V8 writes those beyond ASCII as escapes.
    this.binary = key.toString('latin1');
    this.buffer = JSON.stringify(Buffer.from(key));
    this.settings = JSON.stringify({ db_password: this.password, note: 'caf\u00e9 "quoted"\t\u20ac\\' });
    this.words = Array.from({ length: 8 }, (_, at) => '0x' + key.readBigUInt64LE((at % 4) * 8).toString(16).padStart(16, '0')).join(', ');
  }
}

globalThis.vault = new Vault();
if (process.argv[3]) {
  v8.writeHeapSnapshot(process.argv[3]);
}
console.log('ready');
setInterval(() => globalThis.vault, 1000);
