import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.security.*;
import java.security.interfaces.*;
import java.security.spec.*;
import java.util.*;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

public class Heap {
    static byte[] der;
    static int at = 4;

    static BigInteger number() {
        int length = der[at + 1] & 0xff, header = 2;
        if (length >= 0x80) {
            header += length & 0x7f;
            length = 0;
            for (int i = at + 2; i < at + header; i++) length = length << 8 | der[i] & 0xff;
        }
        byte[] bytes = Arrays.copyOfRange(der, at + header, at + header + length);
        at += header + length;
        return new BigInteger(bytes);
    }

    static byte[] scalar(BigInteger number) {
        byte[] bytes = new byte[32], all = number.toByteArray();
        int length = Math.min(32, all.length);
        System.arraycopy(all, all.length - length, bytes, 32 - length, length);
        return bytes;
    }

    public static void main(String[] arguments) throws Exception {
        der = Files.readAllBytes(Path.of("key.der"));
        BigInteger[] n = new BigInteger[9];
        for (int i = 0; i < 9; i++) n[i] = number();
        PrivateKey key = KeyFactory.getInstance("RSA").generatePrivate(
            new RSAPrivateCrtKeySpec(n[1], n[2], n[3], n[4], n[5], n[6], n[7], n[8]));
        Signature signer = Signature.getInstance("SHA256withRSA");
        signer.initSign(key);
        signer.update(Files.readAllBytes(Path.of("message")));
        Files.write(Path.of("signature"), signer.sign());
        Cipher cipher = Cipher.getInstance("AES/ECB/NoPadding");
        cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(Files.readAllBytes(Path.of("aes.key")), "AES"));
        Files.write(Path.of("sealed"), cipher.update(Files.readAllBytes(Path.of("block"))));
        Map<String, char[]> held = new TreeMap<>();
        for (String line : Files.readAllLines(Path.of(".env"))) {
            String[] parts = line.split("=", 2);
            held.put(parts[0], (parts[0] + ": " + parts[1]).toCharArray());
        }
        String basic = "Authorization: Basic " + Base64.getEncoder().encodeToString(
            new String(held.get("DATABASE_PASSWORD")).substring(19).getBytes(StandardCharsets.UTF_8));
        KeyPairGenerator maker = KeyPairGenerator.getInstance("EC");
        maker.initialize(new ECGenParameterSpec("secp256r1"));
        KeyPair pair = maker.generateKeyPair();
        Signature curve = Signature.getInstance("SHA256withECDSA");
        curve.initSign(pair.getPrivate());
        curve.update(new byte[64]);
        byte[] signature = curve.sign();
        Files.write(Path.of("ec.key"), scalar(((ECPrivateKey) pair.getPrivate()).getS()));
        byte[] secret = new byte[32];
        SecureRandom.getInstance("NativePRNG").nextBytes(secret);
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(secret, "HmacSHA256"));
        signature = mac.doFinal(signature);
        Files.write(Path.of("hmac.key"), secret);
        byte[] bare = new byte[24];
        SecureRandom.getInstance("NativePRNG").nextBytes(bare);
        SecretKeySpec unused = new SecretKeySpec(bare, "Blowfish");
        Arrays.fill(bare, (byte) 0);
        Files.write(Path.of("held.key"), unused.getEncoded());
        if (arguments.length > 0 && arguments[0].equals("--exhaust")) {
            System.out.println("READY");
            List<long[]> all = new ArrayList<>();
            while (true) all.add(new long[1 << 16]);
        }
        System.out.println("READY");
        while (System.in.read() >= 0) {}
        System.exit(held.size() + basic.length() + key.hashCode() + pair.hashCode() + curve.hashCode() + mac.hashCode() + unused.hashCode()
            + signature.length == 0 ? 1 : 0);
    }
}
