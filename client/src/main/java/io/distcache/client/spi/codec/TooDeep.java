package io.distcache.client.spi.codec;

/** Nested too deep, or a cycle. Confined to the thread that encodes. */
final class TooDeep extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TooDeep() {
        super("nested deeper than " + Cost.MAX_PORTABLE_DEPTH, null, false, false);
    }
}
