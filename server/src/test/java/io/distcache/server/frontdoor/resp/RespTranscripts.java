package io.distcache.server.frontdoor.resp;

import io.distcache.server.frontdoor.Transcript;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * Records the transcripts: sends what each file asks to a redis-server and writes what it answers under it. To be run by hand, with
 * the module's test class path, when a transcript is new or its questions have changed:
 *
 * <pre>
 *   java -cp ... io.distcache.server.frontdoor.resp.RespTranscripts src/test/resources/transcripts/resp
 * </pre>
 */
final class RespTranscripts {
    private RespTranscripts() {}

    public static void main(String[] arguments) throws Exception {
        try (Stream<Path> files = Files.list(Path.of(arguments[0]))) {
            for (Path file : files.sorted().toList()) {
                // A server for each, so that ids of clients begin anew.
                try (RedisServer redis = RedisServer.start("recording", options(file))) {
                    if (redis == null) {
                        System.exit(1);
                        return;
                    }
                    record(file, redis.port());
                }
            }
        }
    }

    private static String[] options(Path file) {
        return needsPassword(file) ? new String[] {"--requirepass", "s3cret"} : new String[0];
    }

    /** Transcripts whose names begin so are of a server with a password, {@code s3cret}. */
    static boolean needsPassword(Path file) {
        return file.getFileName().toString().startsWith("auth");
    }

    private static void record(Path file, int port) throws IOException {
        try (RespSocket socket = new RespSocket(port)) {
            Files.writeString(file, Transcript.write(Files.readString(file), exchange -> answer(socket, exchange)));
            System.out.println(file);
        }
    }

    /** The replies to a request, which may be several if it is a pipeline, and the end of the connection if it ends. */
    static String answer(RespSocket socket, Transcript.Exchange exchange) throws IOException {
        socket.send(
                exchange.isRaw()
                        ? Transcript.unescape(exchange.request())
                        : RespSocket.request(exchange.words().toArray(String[]::new)));
        StringBuilder replies = new StringBuilder();
        // A connection that is to end may take a while to on a busy machine; that no more comes has to be believed some
        // time.
        int next = exchange.reply().contains(RespSocket.END) ? 5_000 : 100;
        for (int patience = 20_000; ; patience = next) {
            String reply = socket.replyWithin(patience);
            if (reply == null) {
                return replies.toString();
            }
            replies.append(reply);
            if (!exchange.isRaw() || reply.equals(RespSocket.END)) {
                return replies.toString();
            }
        }
    }
}
