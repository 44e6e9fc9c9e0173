import java.math.BigInteger;
import java.security.SecureRandom;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.crypto.*;
import org.bouncycastle.crypto.agreement.*;
import org.bouncycastle.crypto.digests.*;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.asn1.x9.ECNamedCurveTable;
import org.bouncycastle.crypto.engines.*;
import org.bouncycastle.crypto.generators.*;
import org.bouncycastle.crypto.macs.HMac;
import org.bouncycastle.crypto.modes.*;
import org.bouncycastle.crypto.params.*;
import org.bouncycastle.crypto.signers.*;

/** The light-weight interface of Bouncy Castle. */
public class Bouncy {
    static final byte[] MESSAGE = "sixteen byte blk".getBytes();
    static final SecureRandom RANDOM = new SecureRandom();

    static Object signed(Signer signer, AsymmetricKeyParameter key) throws Exception {
        signer.init(true, key);
        signer.update(MESSAGE, 0, 16);
        signer.generateSignature();
        return new Object[] {signer, key};
    }

    static ECDomainParameters domain(String name) {
        X9ECParameters found = CustomNamedCurves.getByName(name);
        if (found == null) found = ECNamedCurveTable.getByName(name);
        return new ECDomainParameters(found.getCurve(), found.getG(), found.getN(), found.getH());
    }

    static Object curve(String name) throws Exception {
        ECKeyPairGenerator generator = new ECKeyPairGenerator();
        generator.init(new ECKeyGenerationParameters(domain(name), RANDOM));
        AsymmetricCipherKeyPair pair = generator.generateKeyPair();
        Truth.tell("d", ((ECPrivateKeyParameters) pair.getPrivate()).getD());
        if (name.equals("sm2p256v1")) return new Object[] {pair, signed(new SM2Signer(), pair.getPrivate())};
        return new Object[] {pair, signed(new DSADigestSigner(new ECDSASigner(), new SHA256Digest()), pair.getPrivate())};
    }

    static Object encrypted(AEADCipher cipher, int size) throws Exception {
        byte[] bytes = draw(size), out = new byte[64];
        KeyParameter key = new KeyParameter(bytes);
        Truth.tell("key", bytes, true);
        cipher.init(true, new AEADParameters(key, 128, new byte[12]));
        cipher.doFinal(out, cipher.processBytes(MESSAGE, 0, 16, out, 0));
        return new Object[] {cipher, key};
    }

    static Object encrypted(BlockCipher engine, int size) throws Exception {
        byte[] bytes = draw(size);
        KeyParameter key = new KeyParameter(bytes);
        Truth.tell("key", bytes, true);
        BlockCipher cipher = new CBCBlockCipher(engine);
        cipher.init(true, new ParametersWithIV(key, new byte[cipher.getBlockSize()]));
        cipher.processBlock(MESSAGE, 0, new byte[16], 0);
        return new Object[] {cipher, key};
    }

    static byte[] draw(int size) {
        byte[] bytes = new byte[size];
        RANDOM.nextBytes(bytes);
        return bytes;
    }

    public static void main(String[] words) throws Exception {
        Map<String, Truth.Make> kinds = new LinkedHashMap<>();
        kinds.put("rsa-2048", kind -> {
            RSAKeyPairGenerator generator = new RSAKeyPairGenerator();
            generator.init(new RSAKeyGenerationParameters(BigInteger.valueOf(65537), RANDOM, 2048, 100));
            AsymmetricCipherKeyPair pair = generator.generateKeyPair();
            Truth.tell("p", ((RSAPrivateCrtKeyParameters) pair.getPrivate()).getP());
            Truth.tell("q", ((RSAPrivateCrtKeyParameters) pair.getPrivate()).getQ());
            return signed(new RSADigestSigner(new SHA256Digest()), pair.getPrivate());
        });
        kinds.put("p256", kind -> curve("P-256"));
        kinds.put("p384", kind -> curve("P-384"));
        kinds.put("p521", kind -> curve("P-521"));
        kinds.put("secp256k1", kind -> curve("secp256k1"));
        kinds.put("brainpoolP256r1", kind -> curve("brainpoolP256r1"));
        kinds.put("sm2", kind -> curve("sm2p256v1"));
        kinds.put("ed25519", kind -> {
            Ed25519PrivateKeyParameters key = new Ed25519PrivateKeyParameters(RANDOM);
            Truth.tell("seed", key.getEncoded(), true);
            return signed(new Ed25519Signer(), key);
        });
        kinds.put("ed448", kind -> {
            Ed448PrivateKeyParameters key = new Ed448PrivateKeyParameters(RANDOM);
            Truth.tell("seed", key.getEncoded(), true);
            return signed(new Ed448Signer(new byte[0]), key);
        });
        kinds.put("x25519", kind -> {
            X25519PrivateKeyParameters key = new X25519PrivateKeyParameters(RANDOM);
            Truth.tell("key", key.getEncoded(), true);
            X25519Agreement agreement = new X25519Agreement();
            agreement.init(key);
            agreement.calculateAgreement(new X25519PrivateKeyParameters(RANDOM).generatePublicKey(), new byte[32], 0);
            return new Object[] {key, key.generatePublicKey(), agreement};
        });
        kinds.put("x448", kind -> {
            X448PrivateKeyParameters key = new X448PrivateKeyParameters(RANDOM);
            Truth.tell("key", key.getEncoded(), true);
            X448Agreement agreement = new X448Agreement();
            agreement.init(key);
            agreement.calculateAgreement(new X448PrivateKeyParameters(RANDOM).generatePublicKey(), new byte[56], 0);
            return new Object[] {key, key.generatePublicKey(), agreement};
        });
        kinds.put("aes-128-gcm", kind -> encrypted(new GCMBlockCipher(new AESEngine()), 16));
        kinds.put("aes-256-gcm", kind -> encrypted(new GCMBlockCipher(new AESEngine()), 32));
        kinds.put("aes-256-cbc", kind -> encrypted(new AESEngine(), 32));
        kinds.put("chacha20-poly1305", kind -> {
            byte[] bytes = draw(32), out = new byte[64];
            KeyParameter key = new KeyParameter(bytes);
            Truth.tell("key", bytes, true);
            ChaCha20Poly1305 cipher = new ChaCha20Poly1305();
            cipher.init(true, new ParametersWithIV(key, new byte[12]));
            cipher.doFinal(out, cipher.processBytes(MESSAGE, 0, 16, out, 0));
            return new Object[] {cipher, key};
        });
        kinds.put("des3", kind -> encrypted(new DESedeEngine(), 24));
        kinds.put("camellia", kind -> encrypted(new CamelliaEngine(), 32));
        kinds.put("aria", kind -> encrypted(new ARIAEngine(), 32));
        kinds.put("sm4", kind -> encrypted(new SM4Engine(), 16));
        kinds.put("blowfish", kind -> encrypted(new BlowfishEngine(), 16));
        kinds.put("hmac-sha256", kind -> {
            byte[] bytes = draw(32);
            KeyParameter key = new KeyParameter(bytes);
            Truth.tell("key", bytes, true);
            HMac code = new HMac(new SHA256Digest());
            code.init(key);
            code.update(MESSAGE, 0, 16);
            return new Object[] {code, key};
        });
        Truth.hold(words, kinds);
    }
}
