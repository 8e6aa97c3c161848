package io.distcache.client.spi.codec;

/** What an exception says, which may be as long as the bytes that it complains of. Stateless. */
final class Shortened {
    private static final int MOST = 300;

    private Shortened() {}

    static String text(Throwable e) {
        String text = String.valueOf(e);
        return text.length() <= MOST ? text : text.substring(0, MOST) + "...";
    }
}
