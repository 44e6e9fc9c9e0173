// What every holder in JavaScript shares: the list of kinds, the truth, and the wait.
import fs from 'node:fs';

const digits = Buffer.from('0123456789abcdef');

// Appends a line to the truth, digit by digit, from the bytes where they stand.
export function tell(name, bytes) {
  const file = fs.openSync(process.argv[3], 'a', 0o600);
  fs.writeSync(file, name + ' ');
  for (let i = 0; i < bytes.length; i++) {
    fs.writeSync(file, digits, bytes[i] >> 4, 1);
    fs.writeSync(file, digits, bytes[i] & 15, 1);
  }
  fs.writeSync(file, '\n');
  fs.closeSync(file);
}

// Runs the function of the kind that is asked for; what it returns is kept.
export async function hold(kinds) {
  if (process.argv[2] === '--kinds') {
    console.log(Object.keys(kinds).join('\n'));
    return;
  }
  globalThis.kept = await kinds[process.argv[2]]();
  console.log('READY');
  process.stdin.resume().on('end', () => process.exit(globalThis.kept === undefined ? 1 : 0));
}
