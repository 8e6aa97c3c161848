package io.distcache.server.shard;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.KeySlot;
import io.distcache.protocol.ValueTag;
import java.nio.ByteBuffer;

/** For each slot a short text that lies in it: between braces it puts a key where another key is. Stateless. */
final class SlotText {
    /** The length of each. */
    static final int BYTES = 3;

    private static final String LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private static final byte[] TEXTS = find();

    private SlotText() {}

    static void put(int slot, ByteBuffer out) {
        out.put(TEXTS, slot * BYTES, BYTES);
    }

    /** A key that lies in a slot. */
    static Bytes key(int slot) {
        ByteBuffer key = ByteBuffer.allocate(1 + BYTES).put(ValueTag.TEXT);
        put(slot, key);
        return Bytes.of(key.array());
    }

    private static byte[] find() {
        byte[] texts = new byte[KeySlot.SLOTS * BYTES];
        int found = 0;
        int base = LETTERS.length();
        byte[] key = {ValueTag.TEXT, 0, 0, 0};
        for (int i = 0; i < base * base * base && found < KeySlot.SLOTS; i++) {
            key[1] = (byte) LETTERS.charAt(i / base / base);
            key[2] = (byte) LETTERS.charAt(i / base % base);
            key[3] = (byte) LETTERS.charAt(i % base);
            int at = KeySlot.of(Bytes.of(key)) * BYTES;
            if (texts[at] == 0) {
                System.arraycopy(key, 1, texts, at, BYTES);
                found++;
            }
        }
        if (found < KeySlot.SLOTS) {
            throw new IllegalStateException("only " + found + " slots have a text");
        }
        return texts;
    }
}
