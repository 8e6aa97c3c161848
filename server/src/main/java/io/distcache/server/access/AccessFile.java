package io.distcache.server.access;

import io.distcache.protocol.OneLine;
import io.distcache.protocol.Secret;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The file in which users stand.
 * <pre>
 *  # a comment; white space before a line means nothing
 *  user app
 *    password pbkdf2-sha512:210000:SALT:HASH
 *    token 2026-11 sha256:HASH
 *    allow read,write session:*
 *    allow read catalog/*
 *    deny write catalog/prices
 *    allow cache reports
 *  user ops
 *    token laptop sha256:HASH
 *    allow operator
 *    allow pool
 * </pre>
 * Stateless.
 */
public final class AccessFile {
    /** A file that is longer is a mistake. */
    private static final long MAX_BYTES = 4 << 20;

    private static final Pattern USER_NAME = Pattern.compile("[A-Za-z0-9._@:/+-]{1,128}");
    private static final Pattern TOKEN_NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");
    private static final Pattern PLAIN_WORD = Pattern.compile("[a-z]{1,12}");
    private static final Pattern SPACE = Pattern.compile("\\s+");

    private AccessFile() {}

    /**
     * Reads a file.
     *
     * @throws AccessFileException if it makes no sense
     * @throws IOException if it cannot be read
     */
    public static Users read(Path file) throws IOException {
        return parse(lines(file), file.toString());
    }

    /** The lines of a file that is not too long. */
    static List<String> lines(Path file) throws IOException {
        long bytes = Files.size(file);
        if (bytes > MAX_BYTES) {
            throw new AccessFileException(file + " has " + bytes + " bytes; an access file has at most " + MAX_BYTES);
        }
        try {
            return Files.readAllLines(file, StandardCharsets.UTF_8);
        } catch (CharacterCodingException e) {
            throw new AccessFileException(file + " is not text in UTF-8");
        }
    }

    /**
     * What lines say.
     *
     * @param source what the file is called in messages
     */
    static Users parse(List<String> lines, String source) throws AccessFileException {
        List<Part> parts = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            String[] words = words(lines.get(i));
            if (words.length == 0) {
                continue;
            }
            try {
                if (words[0].equals("user")) {
                    parts.add(Part.begin(words));
                } else if (parts.isEmpty()) {
                    throw new IllegalArgumentException(
                            "'" + shown(words[0]) + "' stands before the first user; begin one with: user NAME");
                } else {
                    parts.get(parts.size() - 1).add(words, i + 1);
                }
            } catch (IllegalArgumentException e) {
                throw new AccessFileException(source + " line " + (i + 1) + ": " + e.getMessage());
            }
        }
        try {
            return new Users(parts.stream().map(Part::user).toList());
        } catch (IllegalArgumentException e) {
            throw new AccessFileException(source + ": " + e.getMessage());
        }
    }

    /** The words of a line; none if it is empty or a comment. */
    static String[] words(String line) {
        String stripped = line.strip();
        return stripped.isEmpty() || stripped.startsWith("#") ? new String[0] : SPACE.split(stripped);
    }

    /** A word as messages show it: what looks like no word of this file may be part of a secret. */
    private static String shown(String word) {
        return PLAIN_WORD.matcher(word).matches() ? word : Secret.HIDDEN;
    }

    /**
     * Checks a name for a user.
     *
     * @throws IllegalArgumentException if it is none
     */
    static void checkUserName(String name) {
        if (!USER_NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "'" + OneLine.of(name) + "' is no name for a user; write 1 to 128 letters, digits and ._@:/+-");
        }
    }

    /**
     * Checks a name for a token.
     *
     * @throws IllegalArgumentException if it is none
     */
    static void checkTokenName(String name) {
        if (!TOKEN_NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "'" + shown(name) + "' is no name for a token; write 1 to 64 letters, digits and ._-");
        }
    }

    /** One user while its lines are read. Confined to one thread. */
    private static final class Part {
        private final String name;
        private final Map<String, TokenHash> tokens = new LinkedHashMap<>();
        private final List<Rule> rules = new ArrayList<>();
        private @Nullable PasswordHash password;

        private Part(String name) {
            this.name = name;
        }

        static Part begin(String[] words) {
            if (words.length != 2) {
                throw new IllegalArgumentException("a user begins with: user NAME");
            }
            checkUserName(words[1]);
            return new Part(words[1]);
        }

        void add(String[] words, int line) {
            switch (words[0]) {
                case "allow", "deny" -> rules.add(Rule.parse(words, line));
                case "password" -> password(words);
                case "token" -> token(words);
                default ->
                    throw new IllegalArgumentException("'" + shown(words[0])
                            + "' is not known here; a line begins with user, password, token, allow or deny");
            }
        }

        private void password(String[] words) {
            if (words.length != 2 || password != null) {
                throw new IllegalArgumentException(
                        password != null
                                ? "user " + name + " has a password already; it may have several tokens"
                                : "a password is one word, its hash; make it with: bin/distcache user passwd");
            }
            password = PasswordHash.parse(words[1]);
        }

        private void token(String[] words) {
            if (words.length != 3) {
                throw new IllegalArgumentException(
                        "a token has a name and a hash; make it with: bin/distcache user token");
            }
            checkTokenName(words[1]);
            if (tokens.put(words[1], TokenHash.parse(words[2])) != null) {
                throw new IllegalArgumentException("user " + name + " has two tokens of the name " + words[1]);
            }
        }

        User user() {
            return new User(name, password, Map.copyOf(tokens), List.copyOf(rules));
        }
    }
}
