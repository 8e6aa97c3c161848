package io.distcache.client.spi.codec;

import java.io.Serializable;

/**
 * A portable item in a Java object stream, in the place of an object that the stream could not write or, in a key, would write by its
 * number. The class's name and its field are part of the format. Immutable.
 */
final class EmbeddedPart implements Serializable {
    private static final long serialVersionUID = 1L;

    private final byte[] item;

    EmbeddedPart(byte[] item) {
        this.item = item;
    }

    byte[] item() {
        return item;
    }
}
