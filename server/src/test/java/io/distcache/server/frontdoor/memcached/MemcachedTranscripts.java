package io.distcache.server.frontdoor.memcached;

import io.distcache.server.frontdoor.Transcript;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * Records the transcripts: sends what each file asks to a memcached 1.6 and writes what it answers under it. To be run by hand, with
 * the module's test class path, when a transcript is new or its questions have changed:
 *
 * <pre>
 *   java -cp ... io.distcache.server.frontdoor.memcached.MemcachedTranscripts src/test/resources/transcripts/memcached
 * </pre>
 */
final class MemcachedTranscripts {
    private MemcachedTranscripts() {}

    public static void main(String[] arguments) throws Exception {
        try (Stream<Path> files = Files.list(Path.of(arguments[0]))) {
            for (Path file : files.sorted().toList()) {
                try (MemcachedServer server = MemcachedServer.start("recording")) {
                    if (server == null) {
                        System.exit(1);
                        return;
                    }
                    try (MemcachedSocket socket = new MemcachedSocket(server.port())) {
                        Files.writeString(
                                file,
                                Transcript.write(
                                        Files.readString(file), exchange -> socket.answer(exchange.request(), 0)));
                        System.out.println(file);
                    }
                }
            }
        }
    }
}
