<?php
$message = 'sixteen byte blk';

// Writes the truth in a copy of the process: what becomes of the values there stays there.
function tell(string $name, callable $value): void {
    global $argv;
    $child = pcntl_fork();
    if ($child === 0) {
        file_put_contents($argv[2], $name . ' ' . bin2hex($value()) . "\n", FILE_APPEND);
        posix_kill(getmypid(), SIGKILL);
    }
    pcntl_waitpid($child, $status);
}
function pkcs8($key): string {
    openssl_pkey_export($key, $pem);
    return base64_decode(implode('', array_slice(explode("\n", trim($pem)), 1, -1)));
}
function signs(array $options): callable {
    return function () use ($options) {
        global $message;
        $key = openssl_pkey_new($options);
        tell('pkcs8', fn() => pkcs8($key));
        openssl_sign($message, $signature, $key, OPENSSL_ALGO_SHA256);
        return $key;
    };
}
function encrypts(string $name, int $size, int $iv): callable {
    return function () use ($name, $size, $iv) {
        global $message;
        $key = random_bytes($size);
        tell('key', fn() => $key);
        openssl_encrypt($message, $name, $key, OPENSSL_RAW_DATA, str_repeat("\0", $iv), $tag);
        return $key;
    };
}
$kinds = [
    'rsa-2048' => signs(['private_key_type' => OPENSSL_KEYTYPE_RSA, 'private_key_bits' => 2048]),
    'p256' => signs(['private_key_type' => OPENSSL_KEYTYPE_EC, 'curve_name' => 'prime256v1']),
    'p384' => signs(['private_key_type' => OPENSSL_KEYTYPE_EC, 'curve_name' => 'secp384r1']),
    'ed25519' => function () use ($message) {
        $pair = sodium_crypto_sign_keypair();
        $secret = sodium_crypto_sign_secretkey($pair);
        tell('seed', fn() => substr($secret, 0, 32));
        sodium_crypto_sign_detached($message, $secret);
        return [$pair, $secret];
    },
    'x25519' => function () use ($message) {
        $pair = sodium_crypto_box_keypair();
        tell('key', fn() => sodium_crypto_box_secretkey($pair));
        $peer = sodium_crypto_box_publickey(sodium_crypto_box_keypair());
        sodium_crypto_scalarmult(sodium_crypto_box_secretkey($pair), $peer);
        return $pair;
    },
    'aes-128-gcm' => encrypts('aes-128-gcm', 16, 12), 'aes-256-gcm' => encrypts('aes-256-gcm', 32, 12),
    'aes-256-cbc' => function () use ($message) {
        $key = random_bytes(32);
        tell('key', fn() => $key);
        openssl_encrypt($message, 'aes-256-cbc', $key, OPENSSL_RAW_DATA, str_repeat("\0", 16));
        return $key;
    },
    'chacha20-poly1305' => function () use ($message) {
        $key = sodium_crypto_aead_chacha20poly1305_ietf_keygen();
        tell('key', fn() => $key);
        sodium_crypto_aead_chacha20poly1305_ietf_encrypt($message, '', str_repeat("\0", 12), $key);
        return $key;
    },
    'hmac-sha256' => function () use ($message) {
        $key = random_bytes(32);
        tell('key', fn() => $key);
        $code = hash_init('sha256', HASH_HMAC, $key);
        hash_update($code, $message);
        return [$key, $code];
    },
];
if ($argv[1] === '--kinds') {
    echo implode("\n", array_keys($kinds)), "\n";
    exit;
}
$kept = $kinds[$argv[1]]();
echo "READY\n";
stream_get_contents(STDIN);
