import java.io.FileOutputStream;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.Map;

/** What every holder in Java shares: the list of kinds, the truth, and the wait. */
final class Truth {
    interface Make { Object of(String kind) throws Exception; }

    private static String path;
    static Object kept;

    /** Appends a line digit by digit, and wipes the bytes if they are a copy. */
    static void tell(String name, byte[] bytes, boolean wipe) throws Exception {
        try (FileOutputStream out = new FileOutputStream(path, true)) {
            for (char letter : (name + " ").toCharArray()) out.write(letter);
            for (byte one : bytes) {
                out.write("0123456789abcdef".charAt(one >> 4 & 15));
                out.write("0123456789abcdef".charAt(one & 15));
            }
            out.write('\n');
        }
        if (wipe) Arrays.fill(bytes, (byte) 0);
    }

    static void tell(String name, BigInteger number) throws Exception {
        tell(name, number.toByteArray(), true);
    }

    static void hold(String[] words, Map<String, Make> kinds) throws Exception {
        if (words[0].equals("--kinds")) {
            kinds.keySet().forEach(System.out::println);
            return;
        }
        path = words[1];
        kept = kinds.get(words[0]).of(words[0]);
        System.out.println("READY");
        while (System.in.read() >= 0) {}
        System.exit(kept == null ? 1 : 0);
    }
}
