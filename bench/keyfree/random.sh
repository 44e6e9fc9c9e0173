# Random bytes from the kernel: 2 GB.
set -eu
for number in 1 2 3 4; do head -c 500M /dev/urandom > "random-$number"; done
