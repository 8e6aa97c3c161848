package io.distcache.server.frontdoor.memcached;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.server.DoorNode;
import io.distcache.server.frontdoor.Transcript;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** What a memcached 1.6 was recorded to answer ({@link MemcachedTranscripts}), a node answers to the byte, versions apart. */
class MemcachedTranscriptIT {
    private static final Path DIRECTORY = Path.of("src", "test", "resources", "transcripts", "memcached");

    @TestFactory
    Stream<DynamicTest> transcripts() throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.list(DIRECTORY)) {
            files = all.sorted().toList();
        }
        return files.stream()
                .map(file -> DynamicTest.dynamicTest(file.getFileName().toString(), () -> replay(file)));
    }

    private static void replay(Path file) throws Exception {
        try (DoorNode node = new DoorNode();
                MemcachedSocket socket = new MemcachedSocket(node.memcachedPort())) {
            for (Transcript.Exchange exchange : Transcript.read(Files.readString(file))) {
                String reply = exchange.reply();
                assertThat(socket.answer(
                                exchange.request(),
                                reply.endsWith(MemcachedSocket.END) ? Integer.MAX_VALUE : reply.length()))
                        .as(exchange.request())
                        .isEqualTo(reply);
            }
        }
    }
}
