package io.distcache.server.frontdoor.resp;

import io.distcache.protocol.OneLine;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What clients of Redis were refused lately, as ACL LOG tells it: wrong passwords, and commands that a user may not run. The same once more
 * within a minute counts as one. Never with a secret. Thread-safe.
 */
final class AclLog {
    /** As acllog-max-len of Redis. */
    static final int MOST_ENTRIES = 128;

    private static final int MOST_CHARACTERS = 128;
    private static final int MOST_OF_CLIENT = 1024;
    private static final long SAME_MILLIS = 60_000;
    /** Only the latest are compared with what comes. */
    private static final int COMPARED = 10;

    /** Why something was refused. */
    enum Reason {
        AUTH,
        COMMAND
    }

    /** What was refused, and how often. */
    record Entry(
            long id,
            long count,
            Reason reason,
            boolean inMulti,
            String object,
            String user,
            String client,
            long createdMillis,
            long updatedMillis) {}

    private final Deque<Entry> entries = new ArrayDeque<>();
    private long nextId;

    /**
     * Something was refused.
     *
     * @param object the command
     * @param user who wanted it, or wanted to come in
     * @param client as CLIENT LIST tells of it
     */
    synchronized void add(Reason reason, boolean inMulti, String object, String user, String client, long nowMillis) {
        String shownObject = OneLine.of(object, MOST_CHARACTERS);
        String shownUser = OneLine.of(user, MOST_CHARACTERS);
        Entry before = taken(reason, inMulti, shownObject, shownUser, nowMillis);
        entries.addFirst(new Entry(
                before == null ? nextId++ : before.id,
                before == null ? 1 : before.count + 1,
                reason,
                inMulti,
                shownObject,
                shownUser,
                OneLine.of(client, MOST_OF_CLIENT),
                before == null ? nowMillis : before.createdMillis,
                nowMillis));
        if (entries.size() > MOST_ENTRIES) {
            entries.removeLast();
        }
    }

    /** The same of a moment ago, which is removed. */
    private @Nullable Entry taken(Reason reason, boolean inMulti, String object, String user, long nowMillis) {
        int compared = 0;
        for (Iterator<Entry> all = entries.iterator(); all.hasNext() && compared < COMPARED; compared++) {
            Entry one = all.next();
            if (one.reason == reason
                    && one.inMulti == inMulti
                    && one.object.equals(object)
                    && one.user.equals(user)
                    && nowMillis - one.updatedMillis <= SAME_MILLIS) {
                all.remove();
                return one;
            }
        }
        return null;
    }

    /** The latest entries, so many at most. */
    synchronized List<Entry> latest(long most) {
        return entries.stream().limit(Math.max(0, most)).toList();
    }

    synchronized void clear() {
        entries.clear();
    }
}
