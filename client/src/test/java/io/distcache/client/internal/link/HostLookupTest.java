package io.distcache.client.internal.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostLookupTest {
    private static final String HOSTS_FILE = "jdk.net.hosts.file";

    @TempDir
    Path directory;

    /** Answers as the JVM does: what it has once said of a spelling it says again. */
    private static final class CachingNames implements HostLookup.Names {
        private final Map<String, InetAddress[]> kept = new HashMap<>();
        private volatile InetAddress[] now = {};
        private volatile boolean tellsLettersApart;

        @Override
        public InetAddress[] of(String host) throws UnknownHostException {
            if (tellsLettersApart && !host.equals("cache.example")) {
                throw new UnknownHostException(host);
            }
            assertThat(host.toLowerCase(Locale.ROOT)).isEqualTo("cache.example");
            return kept.computeIfAbsent(host, h -> now);
        }
    }

    @AfterEach
    void clear() {
        System.clearProperty(HOSTS_FILE);
    }

    private static InetAddress address(String literal) throws UnknownHostException {
        return InetAddress.getByName(literal);
    }

    private static List<InetAddress> found(HostLookup lookup) throws Exception {
        return lookup.begin().get(20, TimeUnit.SECONDS);
    }

    @Test
    void each_lookup_gets_what_holds_now_although_the_jvm_keeps_answers() throws Exception {
        CachingNames names = new CachingNames();
        HostLookup lookup = new HostLookup("cache.example", names);
        for (int i = 1; i < 200; i++) {
            InetAddress now = address("10.0.0." + i);
            names.now = new InetAddress[] {now, address("10.0.1." + i)};
            assertThat(found(lookup)).as("lookup %d", i).startsWith(now).hasSize(2);
        }
    }

    @Test
    void a_name_service_that_tells_letters_apart_is_asked_as_it_wants() throws Exception {
        CachingNames names = new CachingNames();
        names.tellsLettersApart = true;
        names.now = new InetAddress[] {address("10.0.0.1")};
        HostLookup lookup = new HostLookup("cache.example", names);
        for (int i = 0; i < 3; i++) {
            assertThat(found(lookup)).containsExactly(address("10.0.0.1"));
        }
    }

    @Test
    void the_file_of_hosts_is_read_each_time_and_all_its_addresses_count() throws Exception {
        Path hosts = directory.resolve("hosts");
        System.setProperty(HOSTS_FILE, hosts.toString());
        HostLookup lookup = new HostLookup("Cache.Example", host -> {
            throw new UnknownHostException(host);
        });
        Files.writeString(
                hosts, "::7 cache.example\n10.0.0.1 other cache.example # and a remark\n10.0.0.2 cache.example\n");
        assertThat(found(lookup)).containsExactly(address("10.0.0.1"), address("10.0.0.2"), address("::7"));
        Files.writeString(hosts, "10.0.0.3 cache.example\n");
        assertThat(found(lookup)).containsExactly(address("10.0.0.3"));
        Files.writeString(hosts, "");
        assertThatThrownBy(() -> found(lookup)).hasCauseInstanceOf(UnknownHostException.class);
    }

    @Test
    void nobody_is_asked_about_an_address() throws Exception {
        HostLookup.Names nobody = host -> {
            throw new AssertionError(host);
        };
        assertThat(found(new HostLookup("10.0.0.1", nobody))).containsExactly(address("10.0.0.1"));
        assertThat(found(new HostLookup("::1", nobody))).containsExactly(address("::1"));
    }
}
