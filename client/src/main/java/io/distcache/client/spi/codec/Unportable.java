package io.distcache.client.spi.codec;

/** A part has no form at all. Carries the path to it, built from the inside out. Confined to the thread that encodes. */
final class Unportable extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String reason;
    private String path = "";

    Unportable(String reason) {
        super(reason, null, false, false);
        this.reason = reason;
    }

    Unportable inside(String step) {
        path = step + path;
        return this;
    }

    String path() {
        return path;
    }

    String reason() {
        return reason;
    }
}
