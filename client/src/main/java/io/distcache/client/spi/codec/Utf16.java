package io.distcache.client.spi.codec;

import io.distcache.client.UndecodableValueException;

/** Text that UTF-8 cannot say, as the bytes of its units, high byte first. Stateless. */
final class Utf16 {
    private Utf16() {}

    /** A charset would replace what this is here to keep. */
    static byte[] units(String text) {
        byte[] units = new byte[2 * text.length()];
        for (int i = 0; i < text.length(); i++) {
            units[2 * i] = (byte) (text.charAt(i) >> 8);
            units[2 * i + 1] = (byte) text.charAt(i);
        }
        return units;
    }

    /** Text of bytes that {@link #units} made. */
    static String text(byte[] units) {
        if (units.length % 2 != 0) {
            throw new UndecodableValueException("UTF-16 text of " + units.length + " bytes");
        }
        char[] chars = new char[units.length / 2];
        for (int i = 0; i < chars.length; i++) {
            chars[i] = (char) ((units[2 * i] << 8) | (units[2 * i + 1] & 0xff));
        }
        return new String(chars);
    }
}
