# Public keys and certificates: every private key goes through a pipe and is never written.
set -eu
for number in $(seq 60); do
    for curve in P-256 P-384 P-521 secp256k1 brainpoolP256r1; do
        openssl genpkey -algorithm EC -pkeyopt "ec_paramgen_curve:$curve" 2> log | openssl pkey -pubout >> "$curve.pem"
    done
    for kind in ED25519 ED448 X25519 X448; do
        openssl genpkey -algorithm "$kind" | openssl pkey -pubout >> "$kind.pem"
    done
    openssl genrsa 2048 2> log | openssl req -x509 -key /dev/stdin -subj "/CN=host-$number.example" -days 30 >> certificates.pem 2> log
    openssl genrsa 2048 2> log | openssl rsa -pubout -outform DER > "rsa-$number.der" 2> log
done
openssl crl2pkcs7 -nocrl -certfile certificates.pem -out chain.p7b
for kind in rsa ecdsa ed25519; do
    for number in $(seq 20); do
        ssh-keygen -q -t "$kind" -N '' -f key -C "user-$number@example"
        cat key.pub >> authorized_keys
        echo "host-$number.example $(cut -d' ' -f1,2 key.pub)" >> known_hosts
        rm key key.pub
    done
done
ssh-keygen -q -H -f known_hosts 2> log && rm -f known_hosts.old log
