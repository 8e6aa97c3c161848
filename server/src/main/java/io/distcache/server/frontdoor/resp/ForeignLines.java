package io.distcache.server.frontdoor.resp;

import io.distcache.server.frontdoor.stream.Strangers;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Lines of other protocols that could be taken for commands of Redis. Stateless. */
final class ForeignLines {
    /** Commands of memcached whose lines data follow. */
    private static final Set<String> STORAGE = Set.of("set", "add", "replace", "append", "prepend", "cas");

    private ForeignLines() {}

    /**
     * The protocol whose first line this is, if it is not Redis's; else null. A redis-server looks for POST and Host: only, and executes
     * what follows other first lines.
     */
    static @Nullable String protocol(Request line) {
        if (line.count() == 3 && Strangers.isHttpRequest(line.text(0), line.text(1), line.text(2))) {
            return Strangers.HTTP;
        }
        int numbers = line.is(0, "cas") ? 4 : 3;
        if (line.count() < 2 + numbers || line.count() > 3 + numbers || !STORAGE.contains(line.text(0))) {
            return null;
        }
        // To Redis such a line is wrong, but the data that follow it would be the next request.
        for (int i = 2; i < 2 + numbers; i++) {
            if (!line.isInteger(i)) {
                return null;
            }
        }
        return line.count() == 2 + numbers || line.is(2 + numbers, "noreply") ? "memcached's text protocol" : null;
    }
}
