use strict;
use warnings;
use Crypt::AuthEnc::ChaCha20Poly1305;
use Crypt::AuthEnc::GCM;
use Crypt::Mode::CBC;
use Crypt::Mac::HMAC;
use Crypt::PK::DSA;
use Crypt::PK::ECC;
use Crypt::PK::Ed25519;
use Crypt::PK::RSA;
use Crypt::PK::X25519;
use Crypt::PRNG qw(random_bytes);

my $message = 'sixteen byte blk';

# Writes the truth in a copy of the process: what becomes of the values there stays there.
sub tell_truth {
    my ($name, $value) = @_;
    my $child = fork();
    if ($child == 0) {
        open(my $file, '>>', $ARGV[1]) or die $!;
        print $file "$name ", $value->(), "\n";
        close $file;
        kill 'KILL', $$;
    }
    waitpid($child, 0);
}
sub curve {
    my ($name) = @_;
    return sub {
        my $key = Crypt::PK::ECC->new->generate_key($name);
        tell_truth('d', sub { $key->key2hash->{k} });
        $key->sign_message($message, 'SHA256');
        return $key;
    };
}
sub gcm {
    my ($size) = @_;
    return sub {
        my $key = random_bytes($size);
        tell_truth('key', sub { unpack 'H*', $key });
        my $box = Crypt::AuthEnc::GCM->new('AES', $key, "\0" x 12);
        $box->encrypt_add($message);
        return [$key, $box];
    };
}
my %kinds = (
    'rsa-2048' => sub {
        my $key = Crypt::PK::RSA->new->generate_key(256, 65537);
        tell_truth($_, sub { $key->key2hash->{$_} }) for 'p', 'q';
        $key->sign_message($message, 'SHA256', 'v1.5');
        return $key;
    },
    'dsa' => sub {
        my $key = Crypt::PK::DSA->new->generate_key(32, 256);
        tell_truth('x', sub { $key->key2hash->{x} });
        $key->sign_message($message, 'SHA256');
        return $key;
    },
    'p256' => curve('secp256r1'), 'p384' => curve('secp384r1'), 'p521' => curve('secp521r1'),
    'secp256k1' => curve('secp256k1'), 'brainpoolP256r1' => curve('brainpoolp256r1'),
    'ed25519' => sub {
        my $key = Crypt::PK::Ed25519->new->generate_key;
        tell_truth('seed', sub { unpack 'H*', $key->export_key_raw('private') });
        $key->sign_message($message);
        return $key;
    },
    'x25519' => sub {
        my $key = Crypt::PK::X25519->new->generate_key;
        tell_truth('key', sub { unpack 'H*', $key->export_key_raw('private') });
        $key->shared_secret(Crypt::PK::X25519->new->generate_key);
        return $key;
    },
    'aes-128-gcm' => gcm(16), 'aes-256-gcm' => gcm(32),
    'chacha20-poly1305' => sub {
        my $key = random_bytes(32);
        tell_truth('key', sub { unpack 'H*', $key });
        my $box = Crypt::AuthEnc::ChaCha20Poly1305->new($key, "\0" x 12);
        $box->encrypt_add($message);
        return [$key, $box];
    },
    'hmac-sha256' => sub {
        my $key = random_bytes(32);
        tell_truth('key', sub { unpack 'H*', $key });
        return [$key, Crypt::Mac::HMAC->new('SHA256', $key)->add($message)];
    },
);
if ($ARGV[0] eq '--kinds') {
    print "$_\n" for sort keys %kinds;
    exit;
}
my $kept = $kinds{$ARGV[0]}->();
$| = 1;
print "READY\n";
my @rest = <STDIN>;
