const crypto = require('crypto'), fs = require('fs');
const key = crypto.createPrivateKey(fs.readFileSync('key.pem'));
fs.writeFileSync('signature', crypto.sign('sha256', fs.readFileSync('message'), key));
const cipher = crypto.createCipheriv('aes-256-ecb', fs.readFileSync('aes.key'), null);
fs.writeFileSync('sealed', cipher.update(fs.readFileSync('block')));
const settings = Object.fromEntries(fs.readFileSync('.env', 'utf8').trim().split('\n').map(line => {
  const at = line.indexOf('=');
  return [line.slice(0, at), line.slice(at + 1)];
}));
// One character outside of Latin-1 makes the engine keep the whole string in UTF-16.
globalThis.held = {
  key, cipher, settings, config: JSON.stringify({ settings }),
  wide: `Приложение\nAuthorization: ${settings.AUTHORIZATION}\n`.split('').join(''),
  query: 'https://api.internal/login?' + new URLSearchParams({ user: 'app', password: settings.DATABASE_PASSWORD }),
  basic: 'Authorization: Basic ' + Buffer.from('app:' + settings.DATABASE_PASSWORD).toString('base64'),
};
console.log('READY');
process.stdin.resume().on('end', () => process.exit(0));
