package io.distcache.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigReaderTest {

    @TempDir
    private Path directory;

    @Test
    void every_key_of_the_reference_file_has_a_component_and_every_component_a_key() {
        Set<String> components = new TreeSet<>();
        collect(ServerConfig.class, "", components);

        assertThat(new TreeSet<>(ConfigReader.reference().stringPropertyNames()))
                .isEqualTo(components);
    }

    @Test
    void the_defaults_are_valid() {
        ServerConfig config = new ConfigReader().read();

        assertThat(config.server().port()).isEqualTo(2050);
        assertThat(config.server().bind()).isEqualTo("127.0.0.1");
        assertThat(config.store().maxBytes()).isEqualTo(Runtime.getRuntime().maxMemory() / 100 * 60);
        assertThat(config.lease().maxWait()).isEqualTo(Duration.ofSeconds(30));
    }

    @Test
    void a_single_setting_wins_over_the_file_and_the_file_over_the_default() throws IOException {
        Path file = Files.writeString(directory.resolve("node.properties"), "server.port = 1\nstore.shards = 8\n");
        ConfigReader reader = new ConfigReader().file(file).set("server.port", "7", "--port");

        assertThat(reader.read().server().port()).isEqualTo(7);
        assertThat(reader.read().store().shards()).isEqualTo(8);
        assertThat(reader.print())
                .contains("server.port = 7   # --port\n")
                .contains("store.shards = 8   # " + file + "\n")
                .contains("server.bind = 127.0.0.1   # default\n");
    }

    @ParameterizedTest
    @CsvSource({
        "server.handshake-timeout, 500ms, 500",
        "server.handshake-timeout, 2s, 2000",
        "server.handshake-timeout, 5m, 300000",
        "server.handshake-timeout, 5 MIN, 300000",
        "server.handshake-timeout, 1h, 3600000"
    })
    void durations_have_units(String key, String value, long millis) {
        assertThat(read(key, value).server().handshakeTimeout().toMillis()).isEqualTo(millis);
    }

    @ParameterizedTest
    @CsvSource({
        "2097152, 2097152",
        "2048k, 2097152",
        "2048KB, 2097152",
        "2m, 2097152",
        "2 mb, 2097152",
        "1gb, 1073741824"
    })
    void sizes_have_units_of_1024(String value, long bytes) {
        assertThat(read("store.max-bytes", value).store().maxBytes()).isEqualTo(bytes);
    }

    @Test
    void a_percentage_is_of_the_largest_heap() {
        assertThat(read("store.max-bytes", "50%").store().maxBytes())
                .isEqualTo(Runtime.getRuntime().maxMemory() / 100 * 50);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "server.port | 65536 | 0 to 65535",
                "server.port | -1 | 0 to 65535",
                "server.port | many | whole number",
                "server.port | 99999999999999999999 | whole number",
                "server.port | -4294967295 | allowed are",
                "server.port | 4294969346 | allowed are",
                "server.max-frame-bytes | 1kb | 65536 to 1073741824",
                "server.max-frame-bytes | 1tb | 512mb",
                "server.output-limit-bytes | 2gb | allowed are",
                "server.handshake-timeout | 5 | 500ms, 2s",
                "server.handshake-timeout | 1ms | 10 to 3600000",
                "server.handshake-timeout | 9999999999999999d | too large",
                "server.handshake-timeout | 106751991167301d | too large",
                "server.allow-open-access | yes | true or false",
                "store.shards | 3 | powers of two from 1 to 1024",
                "store.shards | 2048 | powers of two from 1 to 1024",
                "store.max-bytes | 101% | 1% to 100%",
                "store.max-bytes | 1023kb | at least 1mb",
                "store.max-bytes | 9999999999999gb | too large",
                "store.max-bytes | plenty | 512mb",
                "store.max-entries | -1 | positive",
                "lease.max-wait | 2h | 1ms to 1h",
                "lease.max-duration | 0ms | 1ms to 1h"
            })
    void a_bad_value_is_named_with_its_source_and_what_is_allowed(String key, String value, String allowed) {
        assertThatThrownBy(() -> read(key, value))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(key)
                .hasMessageContaining("(from a test)")
                .hasMessageContaining(allowed);
    }

    @ParameterizedTest
    @ValueSource(strings = {"server.prot", "sever.port", "server.ports", "SERVER.PORT"})
    void an_unknown_key_names_the_nearest_one_and_its_source(String key) {
        String nearest = key.equals("SERVER.PORT") ? "the nearest known one is" : "server.port";
        assertThatThrownBy(() -> new ConfigReader().set(key, "1", "--set"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("unknown setting " + key + " (--set)")
                .hasMessageContaining(nearest);
    }

    @Test
    void an_unknown_key_in_a_file_names_the_file() throws IOException {
        Path file = Files.writeString(directory.resolve("node.properties"), "store.shard = 8\n");

        assertThatThrownBy(() -> new ConfigReader().file(file))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining("store.shards");
    }

    @Test
    void a_file_that_cannot_be_read_is_named() throws IOException {
        Path broken = Files.writeString(directory.resolve("broken.properties"), "server.bind = \\u12\n");
        Path binary = Files.write(directory.resolve("binary.properties"), new byte[] {(byte) 0xff, (byte) 0xfe});

        for (Path file : new Path[] {directory.resolve("absent.properties"), broken, binary, directory}) {
            assertThatThrownBy(() -> new ConfigReader().file(file))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining(file.toString());
        }
    }

    @Test
    void what_is_printed_hides_the_token() {
        ConfigReader reader = new ConfigReader().set("server.auth-token", "s3cret", "--set");

        assertThat(reader.print()).doesNotContain("s3cret").contains("server.auth-token = <hidden>   # --set");
        assertThat(reader.read().server().authToken().reveal()).isEqualTo("s3cret");
    }

    private static ServerConfig read(String key, String value) {
        return new ConfigReader().set(key, value, "a test").read();
    }

    private static void collect(Class<?> type, String prefix, Set<String> keys) {
        for (RecordComponent component : type.getRecordComponents()) {
            String name = component.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
            String key = name.equals("on") ? prefix.substring(0, prefix.length() - 1) : prefix + name;
            if (component.getType().isRecord()) {
                collect(component.getType(), key + ".", keys);
            } else {
                keys.add(key);
            }
        }
    }
}
