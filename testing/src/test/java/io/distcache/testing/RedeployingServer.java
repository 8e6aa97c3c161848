package io.distcache.testing;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.lang.management.ManagementFactory;
import java.lang.ref.WeakReference;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.management.ObjectName;

/**
 * A process of {@link RedeploymentIT}, which stands for an application server: it deploys {@link RedeployedApplication} again and again, each
 * time in a class loader of its own, on a thread of its own that lives on, and says what is left of them. What is only softly
 * reachable is cleared at once by its JVM's flags.
 */
final class RedeployingServer {
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(40);

    private final boolean keepsProvider;
    private final URL[] library;
    private final URL[] application;
    private final List<WeakReference<ClassLoader>> deployed = new ArrayList<>();

    private RedeployingServer(boolean keepsProvider, String library, String application) {
        this.keepsProvider = keepsProvider;
        this.library = urls(library);
        this.application = urls(application);
    }

    /**
     * Takes: where the provider is, "application" or "server"; the URI; what the application closes; whether the server closes the
     * application's class loader; how often; the class paths of the provider and of the application.
     */
    public static void main(String[] arguments) throws Exception {
        boolean inServer = arguments[0].equals("server");
        String uri = arguments[1];
        String end = arguments[2];
        boolean closes = Boolean.parseBoolean(arguments[3]);
        int times = Integer.parseInt(arguments[4]);
        RedeployingServer server = new RedeployingServer(inServer, arguments[5], arguments[6]);
        Set<Thread> before = threads();
        URLClassLoader shared = inServer ? new URLClassLoader("server", server.library, platform()) : null;
        for (int i = 0; i < times; i++) {
            server.deploy(shared, uri, end, closes, i);
        }
        server.say(before);
        System.exit(0);
    }

    private static ClassLoader platform() {
        return ClassLoader.getPlatformClassLoader();
    }

    private static URL[] urls(String classPath) {
        return Arrays.stream(classPath.split(File.pathSeparator, -1))
                .map(RedeployingServer::url)
                .toArray(URL[]::new);
    }

    private static URL url(String element) {
        try {
            return Path.of(element).toUri().toURL();
        } catch (MalformedURLException e) {
            throw new IllegalArgumentException(element, e);
        }
    }

    private void deploy(URLClassLoader shared, String uri, String end, boolean closes, int number) throws Exception {
        URL[] own = shared != null
                ? application
                : Stream.of(application, library).flatMap(Arrays::stream).toArray(URL[]::new);
        URLClassLoader loader = new URLClassLoader("application-" + number, own, shared == null ? platform() : shared);
        deployed.add(new WeakReference<>(loader));
        Thread current = Thread.currentThread();
        ClassLoader before = current.getContextClassLoader();
        current.setContextClassLoader(loader);
        try {
            loader.loadClass("io.distcache.testing.RedeployedApplication")
                    .getMethod("run", String.class, String.class, String.class)
                    .invoke(null, uri, end, String.valueOf(number));
        } finally {
            current.setContextClassLoader(before);
            if (closes) {
                loader.close();
            }
        }
    }

    private void say(Set<Thread> before) throws Exception {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        String left;
        do {
            System.gc();
            Thread.sleep(100);
            useTheJdk();
            left = left(before);
        } while (!left.equals("left: 0 class loaders, threads [], MBeans []") && System.nanoTime() - deadline < 0);
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

    private String left(Set<Thread> before) throws Exception {
        long loaders = deployed.stream().filter(loader -> loader.get() != null).count();
        Set<Thread> threads = threads();
        threads.removeAll(before);
        List<String> names =
                new ArrayList<>(threads.stream().map(Thread::getName).sorted().toList());
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
