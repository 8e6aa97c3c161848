package io.distcache.examples.entries;

import io.distcache.client.DistCacheClient;
import io.distcache.client.DistCacheException;
import io.distcache.client.SetIf;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A tour of the native API. Runs against the nodes that its argument names, {@code 127.0.0.1:2050} without one; compares what it sees with what
 * it should. Exit code 0 only if all was as it should.
 */
public final class Entries {
    /** What a user is: a tuple with names. */
    public record User(String name, int born, List<String> languages) {}

    private int checked;
    private int wrong;

    private Entries() {}

    /** Runs the tour and exits with its code. */
    public static void main(String[] args) {
        System.exit(new Entries().run(args.length == 0 ? "127.0.0.1:2050" : args[0]));
    }

    private int run(String nodes) {
        try (DistCacheClient client = DistCacheClient.connect(nodes)) {
            client.clear();
            readme(client);
            setGetOverwriteDelete(client);
            conditions(client);
            numbers(client);
            objects(client);
            time(client);
            many(client);
            client.clear();
        } catch (DistCacheException e) {
            System.out.println("FAILED: " + e.getMessage());
            return 1;
        }
        System.out.println(
                wrong == 0
                        ? "All " + checked + " answers were as they should."
                        : "FAILED: " + wrong + " of " + checked + " answers were wrong.");
        return wrong == 0 ? 0 : 1;
    }

    private static void readme(DistCacheClient client) {
        // README begins entries
        client.set("brazil", "football");
        client.set(1, 2);
        client.set("ada", new User("Ada", 1815, List.of("en", "fr")), Duration.ofHours(1));
        String sport = client.get("brazil");
        Integer two = client.get(1);
        User ada = client.get("ada", User.class);
        long visits = client.increment("visits"); // made once, also if the node is killed meanwhile
        // README ends entries
        System.out.println(sport + " " + two + " " + ada + " " + visits);
    }

    private void setGetOverwriteDelete(DistCacheClient client) {
        client.set("brazil", "football");
        client.set("harry", "potter");
        client.set(1, 2);
        client.set(3, 6);
        client.set("hey", "hola");
        check("brazil", client.get("brazil"), "football");
        check("harry", client.get("harry"), "potter");
        check("1", client.get(1), 2);
        check("3", client.get(3), 6);
        check("hey", client.get("hey"), "hola");
        client.set("brazil", "carnival");
        check("brazil, overwritten", client.get("brazil"), "carnival");
        check("delete(3)", client.delete(3), true);
        check("3, deleted", client.get(3), null);
        check("delete(3) again", client.delete(3), false);
    }

    private void conditions(DistCacheClient client) {
        check("add where something is", client.add("hey", "hello"), false);
        check("replace where nothing is", client.replace("ho", "hello"), false);
        check("set if absent", client.set("ho", 1L, null, SetIf.ABSENT), true);
        long version = client.getWithVersion("hey").orElseThrow().version();
        check("cas with the version read", client.cas("hey", "bonjour", version), true);
        check("cas with an old one", client.cas("hey", "ciao", version), false);
        check("hey", client.getAndSet("hey", "moin"), "bonjour");
        check("append", client.append("hey", " moin"), 9L);
        check("hey", client.getAndDelete("hey"), "moin moin");
    }

    private void numbers(DistCacheClient client) {
        check("increment", client.increment("stock"), 1L);
        check("increment by 9", client.increment("stock", 9), 10L);
        check("decrement", client.decrement("stock"), 9L);
        check("increment a double", client.increment("price", 0.5), 0.5);
        check("a counter that begins at 1000", client.increment("orders", 1, 1000, null), 1000L);
        check("and goes on", client.increment("orders", 1, 1000, null), 1001L);
    }

    private void objects(DistCacheClient client) {
        User grace = new User("Grace", 1906, List.of("en"));
        client.set("grace", grace);
        check("a record", client.get("grace", User.class), grace);
        Map<String, List<Integer>> nested = Map.of("empty", List.of(), "odd", List.of(1, 3));
        client.set("nested", nested);
        check("a map of lists", client.get("nested"), nested);
        client.set("one", 1);
        client.set("another", 1L);
        check("1 is no 1L", Objects.equals(client.get("one"), client.get("another")), false);
    }

    private void time(DistCacheClient client) {
        client.set("session", "ada", Duration.ofMinutes(30));
        check("ttl", client.ttl("session").orElseThrow().compareTo(Duration.ofMinutes(29)) > 0, true);
        check("persist", client.persist("session"), true);
        check("expire", client.expire("session", Duration.ZERO), true);
        check("ttl of what is gone", client.ttl("session"), Optional.empty());
    }

    private void many(DistCacheClient client) {
        client.setMany(Map.of("user:1", "ada", "user:2", "grace", "item:1", "book"));
        check("gets", client.gets(List.of("user:1", "user:2", "user:3")), Map.of("user:1", "ada", "user:2", "grace"));
        check("scanPrefix", client.scanPrefix("user:").count(), 2L);
        check("deleteMany", client.deleteMany(List.of("user:1", "user:2", "user:3")), 2L);
    }

    private void check(String what, @Nullable Object seen, @Nullable Object expected) {
        checked++;
        boolean right = Objects.equals(seen, expected);
        wrong += right ? 0 : 1;
        System.out.println("  " + what + ": " + seen + (right ? "" : "   WRONG, it should be " + expected));
    }
}
