import java.math.BigInteger;
import java.security.*;
import java.security.interfaces.*;
import java.security.spec.*;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.crypto.*;
import javax.crypto.interfaces.DHPrivateKey;
import javax.crypto.spec.*;

public class Jca {
    static final byte[] MESSAGE = "sixteen byte blk".getBytes();

    static KeyPair pair(String algorithm, AlgorithmParameterSpec spec, int bits) throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
        if (spec != null) generator.initialize(spec);
        else generator.initialize(bits);
        return generator.generateKeyPair();
    }

    static Object signed(KeyPair pair, String how) throws Exception {
        Signature signer = Signature.getInstance(how);
        signer.initSign(pair.getPrivate());
        signer.update(MESSAGE);
        signer.sign();
        return new Object[] {pair, signer};
    }

    static Object agreed(KeyPair pair, KeyPair peer, String how) throws Exception {
        KeyAgreement agreement = KeyAgreement.getInstance(how);
        agreement.init(pair.getPrivate());
        agreement.doPhase(peer.getPublic(), true);
        agreement.generateSecret();
        return new Object[] {pair, agreement};
    }

    static Object curve(String name, String how) throws Exception {
        KeyPair pair = pair("EC", new ECGenParameterSpec(name), 0);
        Truth.tell("d", ((ECPrivateKey) pair.getPrivate()).getS());
        return signed(pair, how);
    }

    static Object edwards(String name) throws Exception {
        KeyPair pair = pair(name, null, name.equals("Ed448") ? 448 : 255);
        Truth.tell("seed", ((EdECPrivateKey) pair.getPrivate()).getBytes().get(), true);
        return signed(pair, name);
    }

    static Object montgomery(String name) throws Exception {
        KeyPair pair = pair(name, new NamedParameterSpec(name), 0);
        Truth.tell("key", ((XECPrivateKey) pair.getPrivate()).getScalar().get(), true);
        return agreed(pair, pair(name, new NamedParameterSpec(name), 0), name);
    }

    static Object encrypted(String how, String algorithm, int size, AlgorithmParameterSpec spec) throws Exception {
        byte[] bytes = new byte[size];
        new SecureRandom().nextBytes(bytes);
        SecretKey key = new SecretKeySpec(bytes, algorithm);
        Truth.tell("key", bytes, true);
        Cipher cipher = Cipher.getInstance(how);
        cipher.init(Cipher.ENCRYPT_MODE, key, spec);
        cipher.update(MESSAGE);
        return new Object[] {key, cipher};
    }

    public static void main(String[] words) throws Exception {
        Map<String, Truth.Make> kinds = new LinkedHashMap<>();
        kinds.put("rsa-2048", kind -> {
            KeyPair pair = pair("RSA", null, 2048);
            Truth.tell("p", ((RSAPrivateCrtKey) pair.getPrivate()).getPrimeP());
            Truth.tell("q", ((RSAPrivateCrtKey) pair.getPrivate()).getPrimeQ());
            return signed(pair, "SHA256withRSA");
        });
        kinds.put("p256", kind -> curve("secp256r1", "SHA256withECDSA"));
        kinds.put("p384", kind -> curve("secp384r1", "SHA384withECDSA"));
        kinds.put("p521", kind -> curve("secp521r1", "SHA512withECDSA"));
        kinds.put("ed25519", kind -> edwards("Ed25519"));
        kinds.put("ed448", kind -> edwards("Ed448"));
        kinds.put("x25519", kind -> montgomery("X25519"));
        kinds.put("x448", kind -> montgomery("X448"));
        kinds.put("dsa", kind -> {
            KeyPair pair = pair("DSA", null, 2048);
            Truth.tell("x", ((DSAPrivateKey) pair.getPrivate()).getX());
            return signed(pair, "SHA256withDSA");
        });
        kinds.put("dh", kind -> {
            KeyPair pair = pair("DH", null, 2048);
            Truth.tell("x", ((DHPrivateKey) pair.getPrivate()).getX());
            return agreed(pair, pair("DH", null, 2048), "DH");
        });
        kinds.put("aes-128-gcm", kind -> encrypted("AES/GCM/NoPadding", "AES", 16, new GCMParameterSpec(128, new byte[12])));
        kinds.put("aes-256-gcm", kind -> encrypted("AES/GCM/NoPadding", "AES", 32, new GCMParameterSpec(128, new byte[12])));
        kinds.put("aes-256-cbc", kind -> encrypted("AES/CBC/NoPadding", "AES", 32, new IvParameterSpec(new byte[16])));
        kinds.put("chacha20-poly1305", kind -> encrypted("ChaCha20-Poly1305", "ChaCha20", 32, new IvParameterSpec(new byte[12])));
        kinds.put("des3", kind -> encrypted("DESede/CBC/NoPadding", "DESede", 24, new IvParameterSpec(new byte[8])));
        kinds.put("blowfish", kind -> encrypted("Blowfish/CBC/NoPadding", "Blowfish", 16, new IvParameterSpec(new byte[8])));
        kinds.put("hmac-sha256", kind -> {
            byte[] bytes = new byte[32];
            new SecureRandom().nextBytes(bytes);
            SecretKey key = new SecretKeySpec(bytes, "HmacSHA256");
            Truth.tell("key", bytes, true);
            Mac code = Mac.getInstance("HmacSHA256");
            code.init(key);
            code.update(MESSAGE);
            return new Object[] {key, code};
        });
        Truth.hold(words, kinds);
    }
}
