package io.distcache.protocol;

/**
 * Text from elsewhere (a peer's name, a message of a node, what a user wrote) as one line that does nothing where it is shown. In a
 * log a line end would begin a line that nobody logged; on a terminal an escape sequence would move the cursor or rename the window,
 * and a mark of direction turns around what stands beside it. Such characters become {@code \n}, {@code \r}, {@code \t} or {@code
 * \}{@code u001b}, and what is longer than {@value #MAX_LENGTH} characters is cut. Stateless.
 */
public final class OneLine {
    /** The most characters of a text that are shown. */
    public static final int MAX_LENGTH = 4096;

    private OneLine() {}

    /** The text itself if it is harmless, which costs no allocation; else a harmless one that shows what it was. */
    public static String of(String text) {
        return of(text, MAX_LENGTH);
    }

    /** The same for a text that is a part of a line, cut after fewer characters. */
    public static String of(String text, int maxLength) {
        int harmless = harmless(text, Math.min(text.length(), maxLength));
        if (harmless == text.length()) {
            return text;
        }
        StringBuilder line = new StringBuilder(text.length() + 16).append(text, 0, harmless);
        int at = harmless;
        while (at < text.length() && line.length() < maxLength) {
            int c = text.codePointAt(at);
            append(line, c);
            at += Character.charCount(c);
        }
        if (at < text.length()) {
            line.append("... (").append(text.length() - at).append(" characters more)");
        }
        return line.toString();
    }

    /** Whether a text can stand in a line as it is. */
    public static boolean isHarmless(String text) {
        return harmless(text, text.length()) == text.length();
    }

    /** How many characters at the beginning are shown as they are. */
    private static int harmless(String text, int most) {
        int at = 0;
        while (at < most) {
            int c = text.codePointAt(at);
            if (!isHarmless(c)) {
                return at;
            }
            at += Character.charCount(c);
        }
        return at;
    }

    private static boolean isHarmless(int c) {
        if (c >= ' ' && c <= '~') {
            return true;
        }
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED -> false;
            default -> true;
        };
    }

    private static void append(StringBuilder line, int c) {
        if (isHarmless(c)) {
            line.appendCodePoint(c);
            return;
        }
        switch (c) {
            case '\n' -> line.append("\\n");
            case '\r' -> line.append("\\r");
            case '\t' -> line.append("\\t");
            default -> {
                for (char unit : Character.toChars(c)) {
                    line.append(String.format("\\u%04x", (int) unit));
                }
            }
        }
    }
}
