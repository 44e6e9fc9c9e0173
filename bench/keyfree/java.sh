# A Java heap of texts, numbers, digests and floats, as a core and as a heap dump.
set -eu
cat > Heap.java <<'JAVA'
import java.math.BigInteger;
import java.util.*;

public class Heap {
    public static void main(String[] words) throws Exception {
        Random random = new Random();
        var digest = java.security.MessageDigest.getInstance("SHA-256");
        List<Object> kept = new ArrayList<>();
        for (int i = 0; i < 300_000; i++) {
            kept.add("order " + i + " of " + UUID.randomUUID());
            kept.add(digest.digest(("event " + i).getBytes()));
            kept.add(new BigInteger(256, random));
            kept.add(new double[] {random.nextGaussian(), random.nextGaussian(), i});
            kept.add(Map.of("count", random.nextLong(), "name", "user" + i));
        }
        System.out.println("READY " + kept.size());
        System.out.flush();
        System.in.read();
    }
}
JAVA
javac Heap.java
mkfifo stop ready
java -Xmx1g Heap < stop > ready &
process=$!
exec 3> stop
read -r _ < ready
jcmd "$process" GC.heap_dump "$PWD/heap.hprof"
gdb -q -nx -batch -p "$process" -ex "gcore core.java" 2> log
exec 3>&-
wait "$process"
rm stop ready log
