package io.distcache.client.internal.link;

import io.distcache.client.ClientTls;
import io.distcache.protocol.OwnThread;
import io.distcache.protocol.tls.ClientFiles;
import io.distcache.protocol.tls.NamedFile;
import io.distcache.protocol.tls.TlsToNodes;
import io.distcache.protocol.tls.UnusableFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What encrypts the connections to a node, if they are to be encrypted. The files are read on a thread of their own, again when they have
 * changed: certificates are renewed while clients run. Thread-safe.
 */
public final class Encryption {
    private static final CompletableFuture<@Nullable TlsToNodes> NONE = CompletableFuture.completedFuture(null);

    private final ClientTls config;
    private @Nullable TlsToNodes known;
    private List<FileTime> knownOf = List.of();

    Encryption(ClientTls config) {
        this.config = config;
    }

    /**
     * Reads the files that a client is told of, to see whether they can be used.
     *
     * @throws IllegalArgumentException if not, saying which and why
     */
    public static void check(ClientTls config) {
        if (config.on()) {
            try {
                TlsToNodes unused = TlsToNodes.read(files(config));
            } catch (UnusableFileException e) {
                throw new IllegalArgumentException(e.getMessage(), e);
            }
        }
    }

    /** Completes, on any thread, with what encrypts the next connection: null if nothing does. */
    CompletableFuture<@Nullable TlsToNodes> ready() {
        if (!config.on()) {
            return NONE;
        }
        CompletableFuture<@Nullable TlsToNodes> ready = new CompletableFuture<>();
        OwnThread.make(
                        () -> {
                            try {
                                ready.complete(read());
                            } catch (Throwable e) {
                                ready.completeExceptionally(e);
                            }
                        },
                        "distcache-tls-files",
                        null)
                .start();
        return ready;
    }

    private synchronized TlsToNodes read() throws IOException {
        List<FileTime> now = new ArrayList<>();
        for (String file : new String[] {config.trust(), config.certificate(), config.key()}) {
            if (!file.isEmpty() && Files.exists(Path.of(file))) {
                now.add(Files.getLastModifiedTime(Path.of(file)));
            }
        }
        TlsToNodes before = known;
        if (before != null && now.equals(knownOf)) {
            return before;
        }
        TlsToNodes read = TlsToNodes.read(files(config));
        known = read;
        knownOf = now;
        return read;
    }

    private static ClientFiles files(ClientTls config) {
        return new ClientFiles(
                file("tls.trust", config.trust()),
                config.trustPassword().secret(),
                file("tls.certificate", config.certificate()),
                file("tls.key", config.key()),
                config.keyPassword().secret(),
                config.verifyHost());
    }

    private static @Nullable NamedFile file(String option, String path) {
        return path.isEmpty() ? null : new NamedFile(option, Path.of(path));
    }
}
