<?php
$key = openssl_pkey_get_private(file_get_contents('key.pem'));
openssl_sign(file_get_contents('message'), $signature, $key, OPENSSL_ALGO_SHA256);
file_put_contents('signature', $signature);
$secret = file_get_contents('aes.key');
$sealed = openssl_encrypt(file_get_contents('block'), 'aes-256-ecb', $secret, OPENSSL_RAW_DATA | OPENSSL_ZERO_PADDING);
file_put_contents('sealed', $sealed);
$settings = [];
foreach (file('.env', FILE_IGNORE_NEW_LINES) as $line) {
    [$name, $value] = explode('=', $line, 2);
    $settings[$name] = $value;
}
$headers = ["Authorization: Basic " . base64_encode("app:" . $settings['DATABASE_PASSWORD']), "Cookie: " . $settings['SESSION_COOKIE']];
$body = json_encode(['password' => $settings['DATABASE_PASSWORD'], 'key' => $settings['AWS_SECRET_ACCESS_KEY']]);
echo "READY\n";
stream_get_contents(STDIN);
