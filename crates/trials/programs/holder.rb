require 'json'
require 'openssl'
key = OpenSSL::PKey::RSA.new(File.read('key.pem'))
File.binwrite('signature', key.sign('SHA256', File.binread('message')))
cipher = OpenSSL::Cipher.new('aes-256-ecb').encrypt
cipher.key = File.binread('aes.key')
cipher.padding = 0
File.binwrite('sealed', cipher.update(File.binread('block')))
settings = File.readlines('.env', chomp: true).to_h { |line| line.split('=', 2) }
held = {
  'body' => JSON.generate({ 'token_type' => 'Bearer', 'access_token' => settings['AUTHORIZATION'].delete_prefix('Bearer ') }),
  'basic' => 'Authorization: Basic ' + ["app:#{settings['DATABASE_PASSWORD']}"].pack('m0'),
  'url' => settings['DATABASE_URL'].dup
}
puts 'READY'
$stdout.flush
$stdin.read
exit(held.empty? ? 1 : 0)
