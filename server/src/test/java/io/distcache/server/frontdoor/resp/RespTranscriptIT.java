package io.distcache.server.frontdoor.resp;

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

/** What a redis-server 7.0 was recorded to answer ({@link RespTranscripts}), a node answers to the byte; one file, one test. */
class RespTranscriptIT {
    private static final Path DIRECTORY = Path.of("src", "test", "resources", "transcripts", "resp");

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
        String[] settings = RespTranscripts.needsPassword(file)
                ? new String[] {"server.auth-token", "s3cret", "memcached.port", "-1"}
                : new String[0];
        try (DoorNode node = new DoorNode(settings);
                RespSocket socket = new RespSocket(node.respPort())) {
            for (Transcript.Exchange exchange : Transcript.read(Files.readString(file))) {
                assertThat(comparable(RespTranscripts.answer(socket, exchange)))
                        .as(exchange.request())
                        .isEqualTo(comparable(exchange.reply()));
            }
        }
    }

    /** Ids of clients depend on how many there were before. */
    private static String comparable(String reply) {
        return reply.replaceAll("(?s)\\$2\r\nid\r\n:\\d+", "id");
    }
}
