package io.distcache.testing;

import java.io.File;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;

/**
 * A process of {@link RedeploymentIT}, which stands for an application server: it deploys {@link RedeployedApplication} again and again, each
 * time in a class loader of its own, on a thread of its own that lives on, and says what is {@link LeftBehind}.
 */
final class RedeployingServer {
    private final URL[] library;
    private final URL[] application;
    private final LeftBehind left;

    private RedeployingServer(boolean keepsProvider, String library, String application) {
        this.left = new LeftBehind(keepsProvider);
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
        URLClassLoader shared = inServer ? new URLClassLoader("server", server.library, platform()) : null;
        for (int i = 0; i < times; i++) {
            server.deploy(shared, uri, end, closes, i);
        }
        server.left.say();
        System.exit(0);
    }

    private static ClassLoader platform() {
        return ClassLoader.getPlatformClassLoader();
    }

    /** A class path as class loaders take it. */
    static URL[] urls(String classPath) {
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
        left.deployed(loader);
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
}
