require 'openssl'

MESSAGE = 'sixteen byte blk'

# Writes the truth in a copy of the process: what becomes of the values there stays there.
def tell(name)
  child = fork do
    File.open(ARGV[1], 'a') { |file| file.write("#{name} #{yield.unpack1('H*')}\n") }
    exit!(0)
  end
  Process.wait(child)
  abort('the copy that writes the truth failed') unless $?.success?
end

def curve(name)
  lambda do
    key = OpenSSL::PKey::EC.generate(name)
    tell('d') { key.private_key.to_s(2).rjust((key.group.degree + 7) / 8, "\0") }
    key.sign('SHA256', MESSAGE)
    key
  end
end

def edwards(name)
  lambda do
    key = OpenSSL::PKey.generate_key(name)
    tell('pkcs8') { key.private_to_der }
    key.sign(nil, MESSAGE)
    key
  end
end

def montgomery(name)
  lambda do
    key = OpenSSL::PKey.generate_key(name)
    tell('pkcs8') { key.private_to_der }
    key.derive(OpenSSL::PKey.generate_key(name))
    key
  end
end

def cipher(name, size)
  lambda do
    cipher = OpenSSL::Cipher.new(name).encrypt
    key = cipher.random_key
    tell('key') { key }
    cipher.iv = "\0" * cipher.iv_len
    cipher.update(MESSAGE)
    [key, cipher]
  end
end

kinds = {
  'rsa-2048' => lambda do
    key = OpenSSL::PKey::RSA.generate(2048)
    tell('pkcs8') { key.private_to_der }
    key.sign('SHA256', MESSAGE)
    key
  end,
  'p256' => curve('prime256v1'), 'p384' => curve('secp384r1'), 'p521' => curve('secp521r1'),
  'secp256k1' => curve('secp256k1'), 'ed25519' => edwards('ED25519'), 'x25519' => montgomery('X25519'),
  'aes-128-gcm' => cipher('aes-128-gcm', 16), 'aes-256-gcm' => cipher('aes-256-gcm', 32),
  'aes-256-cbc' => cipher('aes-256-cbc', 32), 'chacha20-poly1305' => cipher('chacha20-poly1305', 32),
  'hmac-sha256' => lambda do
    key = OpenSSL::Random.random_bytes(32)
    tell('key') { key }
    [key, OpenSSL::HMAC.new(key, 'SHA256').update(MESSAGE)]
  end
}
if ARGV[0] == '--kinds'
  puts kinds.keys
else
  kept = kinds[ARGV[0]].call
  puts 'READY'
  $stdout.flush
  $stdin.read
  exit(kept.nil? ? 1 : 0)
end
