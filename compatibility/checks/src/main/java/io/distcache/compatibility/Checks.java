package io.distcache.compatibility;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * What an application claims, printed line by line as it is found to hold or not. Confined to one thread.
 *
 * <p>Each application is started twice. In its first run it fills its caches, and in its second, in another process, it finds what the
 * first has left on the node.
 */
public final class Checks {
    private final boolean again;
    private final List<String> failed = new ArrayList<>();

    private Checks(boolean again) {
        this.again = again;
    }

    /** Takes the arguments of a main method, of which the last is {@code first} or {@code second}. */
    public static Checks of(String... arguments) {
        String run = arguments.length == 0 ? "" : arguments[arguments.length - 1];
        if (!run.equals("first") && !run.equals("second")) {
            throw new IllegalArgumentException("the last argument says which run this is, first or second, and it is '" + run + "'");
        }
        return new Checks(run.equals("second"));
    }

    /** Whether this is the second run. */
    public boolean again() {
        return again;
    }

    /** Notes whether both are equal. */
    public void equal(String claim, Object expected, Object found) {
        holds(claim + (Objects.equals(expected, found) ? "" : " (expected " + expected + ", found " + found + ")"), Objects.equals(expected, found));
    }

    /** Notes whether this holds. */
    public void holds(String claim, boolean holds) {
        System.out.println((holds ? "ok: " : "FAILED: ") + claim);
        if (!holds) {
            failed.add(claim);
        }
    }

    /** Tells where a class comes from, for claims about whose libraries are used. */
    public static String home(Class<?> type) {
        return String.valueOf(type.getProtectionDomain().getCodeSource().getLocation());
    }

    /** The code to end with: 0 if all held. */
    public int end() {
        System.out.println(failed.isEmpty() ? "all held" : failed.size() + " did not hold");
        return failed.isEmpty() ? 0 : 1;
    }
}
