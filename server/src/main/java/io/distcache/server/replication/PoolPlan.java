package io.distcache.server.replication;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.distcache.protocol.Routes;
import io.distcache.protocol.Secret;
import io.distcache.server.consensus.Founding;
import io.distcache.server.log.DamagedException;
import io.distcache.server.log.DataDirectory;
import io.distcache.server.store.KeyHasher;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which replicated pool a node is a member of: {@value #NAME} in its data directory, which nobody but the node's own user can read.
 *
 * <pre>
 *  {"version": 1, "pool": "00000000000000a7", "groups": 16, "self": 0, "secret": "5f...", "founding": "empty",
 *   "members": [{"name": "n1", "host": "10.0.0.1", "port": 2050}, ...]}
 * </pre>
 *
 * Immutable.
 *
 * @param routes the pool's number, its groups and members; nobody leads
 * @param self which of the members the node is
 * @param secret by which the members know each other
 * @param founding whether the pool began with what a node had
 */
public record PoolPlan(Routes routes, int self, Secret secret, Founding founding) {
    /** The file's name. */
    public static final String NAME = DataDirectory.REPLICATED_POOL;

    private static final int VERSION = 1;
    private static final ObjectMapper JSON = new ObjectMapper();

    /** How many members there are. */
    public int members() {
        return routes.nodes().size();
    }

    /** How people call a member. */
    public String nameOf(int member) {
        Routes.Node node = routes.nodes().get(member);
        return node.name().equals(node.address()) ? node.name() : node.name() + " (" + node.address() + ")";
    }

    /** Whether the other is of the same pool, with the same members. */
    public boolean isSamePool(PoolPlan other) {
        return routes.pool() == other.routes.pool()
                && routes.groups() == other.routes.groups()
                && routes.nodes().equals(other.routes.nodes())
                && self == other.self;
    }

    /** The same, once it is known that there is a pool. */
    public PoolPlan founded() {
        return new PoolPlan(routes, self, secret, Founding.BEGUN);
    }

    /** By which members hash keys, all of them alike. */
    public KeyHasher hasher() {
        return ScanOrderHash.of(secret);
    }

    /** Without the secret. */
    @Override
    public String toString() {
        return "PoolPlan[" + routes + ", self=" + self + "]";
    }

    /**
     * What a directory says; null if its node is in no replicated pool.
     *
     * @throws DamagedException if the file is none of this version
     */
    public static @Nullable PoolPlan read(Path directory) throws IOException {
        Path file = directory.resolve(NAME);
        if (Files.notExists(file)) {
            return null;
        }
        try {
            JsonNode json = JSON.readTree(file.toFile());
            if (json.path("version").asInt() != VERSION) {
                throw new IllegalArgumentException("its version is " + json.path("version") + ", not " + VERSION);
            }
            List<Routes.Node> nodes = new ArrayList<>();
            for (JsonNode member : json.path("members")) {
                nodes.add(new Routes.Node(
                        member.path("name").asText(),
                        member.path("host").asText(),
                        member.path("port").asInt()));
            }
            Routes routes = Routes.of(
                    HexFormat.fromHexDigitsToLong(json.path("pool").asText()),
                    json.path("groups").asInt(),
                    nodes);
            Founding founding =
                    Founding.valueOf(json.path("founding").asText("empty").toUpperCase(Locale.ROOT));
            if (founding == Founding.HERE) {
                throw new IllegalArgumentException("the node is no member before its pool has been founded");
            }
            int self = json.path("self").asInt(-1);
            if (self < 0 || self >= nodes.size()) {
                throw new IllegalArgumentException("the node is member " + self + " of " + nodes.size());
            }
            Secret secret = Secret.of(json.path("secret").asText());
            if (secret.isEmpty()) {
                throw new IllegalArgumentException("it has no secret, by which the members know each other");
            }
            return new PoolPlan(routes, self, secret, founding);
        } catch (JsonProcessingException | IllegalArgumentException e) {
            throw DamagedException.withRemedy(
                    file,
                    "it does not say which replicated pool the node is in: " + e.getMessage(),
                    "The other members have the same file; only \"self\" differs");
        }
    }

    /** Whether what else is in a directory is of a pool that never came to be, and has to go before the member starts. */
    public static boolean isAnew(Path directory) throws IOException {
        return JSON.readTree(directory.resolve(NAME).toFile()).path("anew").asBoolean();
    }

    /** Whether the member in a directory has not been there yet. If it has there must be a log. */
    public static boolean isNew(Path directory) throws IOException {
        return JSON.readTree(directory.resolve(NAME).toFile()).path("new").asBoolean();
    }

    /** Keeps it, on disk when this returns; of a member that has been there. */
    public void write(Path directory) throws IOException {
        write(directory, "");
    }

    /** As {@link #write}, of one that has not been there yet. */
    public void writeNew(Path directory) throws IOException {
        write(directory, "new");
    }

    /** As {@link #writeNew}, in a directory of a member of another pool, which never came to be: what it has is not needed any more. */
    public void writeAnew(Path directory) throws IOException {
        write(directory, "anew");
    }

    private void write(Path directory, String mark) throws IOException {
        ObjectNode json = JSON.createObjectNode()
                .put("version", VERSION)
                .put("pool", HexFormat.of().toHexDigits(routes.pool()))
                .put("groups", routes.groups())
                .put("self", self)
                .put("secret", secret.reveal())
                .put("founding", founding.name().toLowerCase(Locale.ROOT));
        if (!mark.isEmpty()) {
            json.put(mark, true);
        }
        ArrayNode members = json.putArray("members");
        for (Routes.Node node : routes.nodes()) {
            members.addObject()
                    .put("name", node.name())
                    .put("host", node.host())
                    .put("port", node.port());
        }
        Path temporary = directory.resolve(NAME + ".tmp");
        Files.deleteIfExists(temporary);
        Set<StandardOpenOption> options = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        boolean isPosix =
                directory.getFileSystem().supportedFileAttributeViews().contains("posix");
        try (FileChannel out = isPosix
                ? FileChannel.open(
                        temporary,
                        options,
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))
                : FileChannel.open(temporary, options)) {
            ByteBuffer bytes =
                    ByteBuffer.wrap(JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(json));
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
            out.force(true);
        }
        Files.move(temporary, directory.resolve(NAME), StandardCopyOption.ATOMIC_MOVE);
        try (FileChannel names = FileChannel.open(directory, StandardOpenOption.READ)) {
            names.force(true);
        }
    }
}
