package io.distcache.client.internal.link;

import io.distcache.protocol.OwnThread;
import io.netty.resolver.HostsFileEntriesProvider;
import io.netty.util.NetUtil;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The addresses of one host, found anew each time, all of them. The file of hosts is read each time. The JVM keeps what it is told
 * by the system's name service for at least 30 s, and keeps it by the spelling of the name; so each lookup spells the name in another
 * way, by small and capital letters, which name services do not tell apart. A very short name has few spellings, and may come back
 * to one that is kept.
 *
 * <p>Confined to one event loop; looks up on a thread of its own, since the system may take long.
 */
final class HostLookup {
    /** More spellings than lookups in the time that the JVM keeps an answer. */
    private static final int SPELLINGS = 1 << 16;

    /** The system's name service, as the JVM asks it. */
    interface Names {
        InetAddress[] of(String host) throws UnknownHostException;
    }

    private final String host;
    private final Names names;
    private int asked;
    private @Nullable CompletableFuture<List<InetAddress>> running;

    HostLookup(String host) {
        this(host, InetAddress::getAllByName);
    }

    HostLookup(String host, Names names) {
        this.host = host;
        this.names = names;
    }

    /** Completes on any thread. While one lookup has not come to an end no other is begun. */
    CompletableFuture<List<InetAddress>> begin() {
        InetAddress literal = literal();
        if (literal != null) {
            return CompletableFuture.completedFuture(List.of(literal));
        }
        CompletableFuture<List<InetAddress>> before = running;
        if (before != null && !before.isDone()) {
            return before;
        }
        CompletableFuture<List<InetAddress>> next = new CompletableFuture<>();
        running = next;
        String spelled = spelled(asked++);
        OwnThread.make(() -> look(spelled, next), "distcache-lookup", null).start();
        return next;
    }

    private @Nullable InetAddress literal() {
        byte[] bytes = NetUtil.createByteArrayFromIpAddressString(host);
        try {
            // With a zone, as in fe80::1%eth0, the JVM knows what is meant; it asks nobody for a literal.
            return bytes == null ? null : InetAddress.getByName(host);
        } catch (UnknownHostException e) {
            return null;
        }
    }

    private void look(String spelled, CompletableFuture<List<InetAddress>> found) {
        try {
            List<InetAddress> listed = inHostsFile();
            found.complete(listed.isEmpty() ? named(spelled) : listed);
        } catch (Throwable e) {
            found.completeExceptionally(e);
        }
    }

    private List<InetAddress> named(String spelled) throws UnknownHostException {
        try {
            return List.of(names.of(spelled));
        } catch (UnknownHostException e) {
            if (spelled.equals(host)) {
                throw e;
            }
            // Some name services do tell letters apart.
            return List.of(names.of(host));
        }
    }

    private List<InetAddress> inHostsFile() throws IOException {
        String file = System.getProperty("jdk.net.hosts.file");
        HostsFileEntriesProvider entries = file == null
                ? HostsFileEntriesProvider.parser().parseSilently()
                : HostsFileEntriesProvider.parser().parse(new File(file), StandardCharsets.UTF_8);
        String name = host.toLowerCase(Locale.ROOT);
        List<InetAddress> v4 = entries.ipv4Entries().getOrDefault(name, List.of());
        List<InetAddress> v6 = Boolean.getBoolean("java.net.preferIPv4Stack")
                ? List.of()
                : entries.ipv6Entries().getOrDefault(name, List.of());
        boolean v6First = Boolean.getBoolean("java.net.preferIPv6Addresses");
        List<InetAddress> all = new ArrayList<>(v6First ? v6 : v4);
        all.addAll(v6First ? v4 : v6);
        return all;
    }

    /** The name in the spelling of this number: its letters are small and capital ones as the number's bits say. */
    private String spelled(int number) {
        int bits = number % SPELLINGS;
        StringBuilder spelled = new StringBuilder(host);
        for (int i = 0; i < spelled.length() && bits != 0; i++) {
            char letter = spelled.charAt(i);
            boolean isLetter = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z');
            if (isLetter) {
                if ((bits & 1) != 0) {
                    spelled.setCharAt(i, (char) (letter ^ 0x20));
                }
                bits >>= 1;
            }
        }
        return spelled.toString();
    }
}
