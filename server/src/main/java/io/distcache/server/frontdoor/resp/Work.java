package io.distcache.server.frontdoor.resp;

/**
 * What may still be done in one step, which nobody can come between: a key, or a kilobyte that is copied, is one unit. So it is the request
 * that decides whether a step is too long, and not how fast the machine is today. Confined to the connection's event loop.
 */
final class Work {
    static final String TOO_MUCH = "ERR it is more work than one step may be (resp.max-step-work)";

    private static final int BYTES_OF_UNIT = 1024;

    private long left;

    Work(long units) {
        this.left = units;
    }

    /** Takes so much of it; false, and nothing is taken, if there is not so much left. */
    boolean take(long units) {
        if (units > left) {
            return false;
        }
        left -= units;
        return true;
    }

    /** Nothing is left. */
    void takeAll() {
        left = 0;
    }

    /** Takes what copying so many bytes needs. */
    boolean takeCopy(long bytes) {
        return take(bytes / BYTES_OF_UNIT);
    }
}
