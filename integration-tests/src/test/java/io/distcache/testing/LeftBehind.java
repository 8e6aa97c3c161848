package io.distcache.testing;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.lang.management.ManagementFactory;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import javax.management.ObjectName;

/**
 * What applications left behind in this process that were deployed and dropped since this was made: class loaders, threads, MBeans. What is
 * only softly reachable is to be cleared at once by the JVM's flags. Confined to one thread.
 */
final class LeftBehind {
    static final String NOTHING = "left: 0 class loaders, threads [], MBeans []";
    static final List<String> FLAGS = List.of("-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:SoftRefLRUPolicyMSPerMB=0");

    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(40);
    /** On a machine with other things to do there are few collections in that time, and one frees what the next one can collect. */
    private static final int LEAST_COLLECTIONS = 30;

    private final boolean keepsProvider;
    private final Set<Thread> before = threads();
    private final List<WeakReference<ClassLoader>> deployed = new ArrayList<>();

    /**
     * Nothing yet.
     *
     * @param keepsProvider whether the provider is not the applications', and stays
     */
    LeftBehind(boolean keepsProvider) {
        this.keepsProvider = keepsProvider;
    }

    /** The class loader of one of them. */
    void deployed(ClassLoader loader) {
        deployed.add(new WeakReference<>(loader));
    }

    /** Prints what is left, when nothing is or it has been waited for long enough. */
    void say() throws Exception {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        String left;
        int collections = 0;
        do {
            System.gc();
            collections++;
            Thread.sleep(100);
            useTheJdk();
            left = left();
        } while (!left.equals(NOTHING) && (collections < LEAST_COLLECTIONS || System.nanoTime() - deadline < 0));
        System.out.println(left);
    }

    /** A record of the server. */
    private record Own(Thread thread) {}

    /**
     * What else goes on in a server. The JDK's own caches keep the class loader that they saw last until they are used again: that of
     * serialized classes those whose references wait in its queue, that of records the last one that was compared.
     */
    private static void useTheJdk() throws Exception {
        boolean same = new Own(Thread.currentThread()).equals(new Own(null));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        new ObjectOutputStream(bytes).writeObject(List.of(same));
        Object unused = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray())).readObject();
    }

    private String left() throws Exception {
        long loaders = deployed.stream().filter(loader -> loader.get() != null).count();
        Set<Thread> threads = threads();
        threads.removeAll(before);
        List<String> names =
                new ArrayList<>(threads.stream().map(Thread::getName).sorted().toList());
        // Tomcat's own, of which it starts the second one when there is something to do.
        names.removeIf(name -> name.startsWith("Catalina-utility-"));
        if (keepsProvider) {
            // Vert.x has one of the JDK's for as long as its classes are there, however often it is closed.
            boolean unused = names.remove("Cleaner-0");
        }
        Set<ObjectName> beans = new TreeSet<>();
        for (String domain : new String[] {"javax.cache:*", "io.distcache:*"}) {
            beans.addAll(ManagementFactory.getPlatformMBeanServer().queryNames(new ObjectName(domain), null));
        }
        return "left: " + loaders + " class loaders, threads " + names + ", MBeans "
                + beans.stream().map(String::valueOf).collect(Collectors.toList());
    }

    private static Set<Thread> threads() {
        return new HashSet<>(Thread.getAllStackTraces().keySet());
    }
}
