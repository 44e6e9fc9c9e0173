// Private keys and tokens for yara, written for the bench: what a careful user of yara would write.

rule pem_private_key {
    strings:
        $a = /-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----/ ascii wide
    condition: any of them
}

rule der_rsa_private_key {
    strings:
        // SEQUENCE, version 0, modulus of 1024 bits and more with its leading zero (RFC 8017 A.1.2).
        $pkcs1 = { 30 82 ?? ?? 02 01 00 02 8? ?? }
        $pkcs8 = { 30 82 ?? ?? 02 01 00 30 0D 06 09 2A 86 48 86 F7 0D 01 01 01 }
    condition: any of them
}

rule der_other_private_key {
    strings:
        $ed25519 = { 30 2E 02 01 00 30 05 06 03 2B 65 70 04 22 04 20 }
        $p256 = { 30 ?? 02 01 01 04 20 [32] A0 0A 06 08 2A 86 48 CE 3D 03 01 07 }
    condition: any of them
}

rule jwk_private {
    strings:
        $rsa = /"kty":"RSA"[^}]{1,2000}"d":"[A-Za-z0-9_-]{40,1500}"/ ascii wide
        $oct = /"kty":"oct"[^}]{1,200}"k":"[A-Za-z0-9_-]{16,200}"/ ascii wide
    condition: any of them
}

rule tokens {
    strings:
        $jwt = /eyJ[A-Za-z0-9_-]{10,300}\.eyJ[A-Za-z0-9_-]{10,500}\.[A-Za-z0-9_-]{20,500}/ ascii wide
        $github = /gh[pousr]_[A-Za-z0-9]{36}/ ascii wide
        $npm = /npm_[A-Za-z0-9]{36}/ ascii wide
        $slack = /xox[abprs]-[0-9]{10,13}-[0-9]{10,13}-[A-Za-z0-9]{24}/ ascii wide
        $google = /AIza[A-Za-z0-9_-]{35}/ ascii wide
        $stripe = /sk_live_[A-Za-z0-9]{24}/ ascii wide
        $pypi = /pypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{50,200}/ ascii wide
        $vault = /hvs\.[A-Za-z0-9_-]{90,120}/ ascii wide
    condition: any of them
}

rule credentials {
    strings:
        $aws = /aws_secret_access_key = [A-Za-z0-9\/+]{40}/ ascii wide
        $azure = /AccountKey=[A-Za-z0-9\/+]{86}==/ ascii wide
        $sas = /sig=[A-Za-z0-9%]{43,63}/ ascii wide
        $bearer = /Authorization: Bearer [A-Za-z0-9_.~+\/-]{20,500}/ ascii wide
        $basic = /Authorization: Basic [A-Za-z0-9+\/=]{8,200}/ ascii wide
        $cookie = /Cookie: [a-z]{2,20}=[A-Za-z0-9]{20,100}/ ascii wide
        $url = /[a-z]{3,10}:\/\/[a-z]{1,20}:[^@\/ ]{8,60}@/ ascii wide
        $connection = /Password=[^;]{8,60};/ ascii wide
        $environment = /[A-Z_]{0,20}(PASSWORD|SECRET_KEY)=[A-Za-z0-9]{8,80}/ ascii
        $argument = /--password=[A-Za-z0-9]{8,80}/ ascii
    condition: any of them
}
