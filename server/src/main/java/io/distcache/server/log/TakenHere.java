package io.distcache.server.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which data directories nodes of this process have: locks of files tell processes apart, and not the nodes of one. Thread-safe.
 */
final class TakenHere {
    /** Real paths of directories, and keys of lock files. Guarded by itself. */
    private static final Map<Object, Holder> TAKEN = new HashMap<>();

    /** Who has a directory; compared by identity. Immutable. */
    static final class Holder {
        private final String name;

        Holder(String name) {
            this.name = name;
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private TakenHere() {}

    /**
     * Claims a directory for a node. Not by way of the files alone: to close them again, even unread, would give up the lock that
     * this process has on them.
     *
     * @throws DataDirectory.LockedException if another node has it
     */
    static void claim(Path path, List<Path> lockFiles, Holder holder) throws IOException {
        synchronized (TAKEN) {
            List<Object> keys = new ArrayList<>(List.of(path.toRealPath()));
            for (Path lock : lockFiles) {
                Object key = LockFile.key(lock);
                if (key != null) {
                    keys.add(key);
                }
            }
            for (Object key : keys) {
                Holder other = TAKEN.get(key);
                if (other != null && other != holder) {
                    throw new DataDirectory.LockedException(path, "another node in this process, " + other);
                }
            }
            keys.forEach(key -> TAKEN.put(key, holder));
        }
    }

    /** A node has locked these files too. */
    static void locked(List<Object> keys, Holder holder) {
        synchronized (TAKEN) {
            keys.forEach(key -> TAKEN.put(key, holder));
        }
    }

    /** The key of a file that was removed may be given to any other file as soon as this process has closed it. */
    static void forgetAllBut(Path path, List<Object> keys, Holder holder) throws IOException {
        synchronized (TAKEN) {
            Set<Object> kept = new HashSet<>(keys);
            kept.add(path.toRealPath());
            TAKEN.entrySet().removeIf(taken -> taken.getValue() == holder && !kept.contains(taken.getKey()));
        }
    }

    /** A node gives up what it has. */
    static void release(Holder holder) {
        synchronized (TAKEN) {
            TAKEN.values().removeIf(other -> other == holder);
        }
    }
}
