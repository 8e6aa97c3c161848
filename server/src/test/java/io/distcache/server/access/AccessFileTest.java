package io.distcache.server.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.distcache.protocol.Effect;
import io.distcache.protocol.Secret;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccessFileTest {
    private static final int FAST = 1000;
    private static final String HASH =
            PasswordHash.of(Secret.of("correct horse"), FAST).toString();
    private static final String TOKEN = TokenHash.of(Secret.of("dct_1")).toString();

    private static Users users(String... lines) throws AccessFileException {
        return AccessFile.parse(List.of(lines), "access.conf");
    }

    private static User user(String... rules) throws AccessFileException {
        String[] lines = new String[rules.length + 1];
        lines[0] = "user app";
        System.arraycopy(rules, 0, lines, 1, rules.length);
        User user = users(lines).named("app");
        assertThat(user).isNotNull();
        return user == null ? new User("", null, java.util.Map.of(), List.of()) : user;
    }

    private static void refuses(String saying, String... lines) {
        assertThatThrownBy(() -> users(lines))
                .isInstanceOf(AccessFileException.class)
                .hasMessageContaining(saying);
    }

    @Test
    void a_user_without_rules_may_do_nothing_but_speak() throws AccessFileException {
        User nobody = user();
        assertThat(nobody.effects("default", "c")).isEqualTo(1 << Effect.CONTROL.ordinal());
        assertThat(nobody.why(Effect.READ, "default", "c")).isEqualTo("no rule of user app allows it");
    }

    @Test
    void a_rule_is_for_its_effects_and_its_caches_only() throws AccessFileException {
        User app = user("  allow read,write session:*", "\tallow read catalog/*", "allow cache reports");
        assertThat(app.may(Effect.READ, "default", "session:7")).isTrue();
        assertThat(app.may(Effect.WRITE, "default", "session:7")).isTrue();
        assertThat(app.may(Effect.CACHE, "default", "session:7")).isFalse();
        assertThat(app.may(Effect.READ, "other", "session:7")).isFalse();
        assertThat(app.may(Effect.READ, "default", "sessions")).isFalse();
        assertThat(app.may(Effect.READ, "catalog", "prices")).isTrue();
        assertThat(app.may(Effect.WRITE, "catalog", "prices")).isFalse();
        assertThat(app.may(Effect.CACHE, "default", "reports")).isTrue();
        assertThat(app.may(Effect.READ, "default", "reports")).isFalse();
        assertThat(app.may(Effect.OPERATOR, "", "")).isFalse();
        assertThat(app.may(Effect.POOL, "", "")).isFalse();
    }

    @Test
    void what_is_denied_is_not_allowed_wherever_the_rules_stand() throws AccessFileException {
        for (List<String> rules :
                List.of(List.of("deny write */prices", "allow all"), List.of("allow all", "deny write */prices"))) {
            User app = user(rules.toArray(String[]::new));
            assertThat(app.may(Effect.WRITE, "catalog", "prices")).isFalse();
            assertThat(app.may(Effect.READ, "catalog", "prices")).isTrue();
            assertThat(app.may(Effect.WRITE, "catalog", "names")).isTrue();
            assertThat(app.why(Effect.WRITE, "catalog", "prices")).endsWith("of user app: deny write */prices");
        }
    }

    @Test
    void all_is_everything_on_all_caches_and_on_the_node() throws AccessFileException {
        User root = user("allow all");
        for (Effect effect : Effect.values()) {
            assertThat(root.may(effect, "any", "cache")).as(effect.name()).isTrue();
        }
        User owner = user("allow all shop/*");
        assertThat(owner.may(Effect.CACHE, "shop", "x")).isTrue();
        assertThat(owner.may(Effect.OPERATOR, "shop", "x")).isFalse();
        assertThat(user("allow all", "deny operator").may(Effect.OPERATOR, "", ""))
                .isFalse();
    }

    @Test
    void passwords_and_tokens_are_known_by_their_hashes() throws AccessFileException {
        Users users = users("# ours", "", "user app", "password " + HASH, "token a " + TOKEN, "user b", "allow read x");
        User app = users.named("app");
        assertThat(users.withToken(TokenHash.of(Secret.of("dct_1")))).isSameAs(app);
        assertThat(users.withToken(TokenHash.of(Secret.of("dct_2")))).isNull();
        assertThat(users.named("c")).isNull();
        PasswordHash password = PasswordHash.parse(HASH);
        assertThat(password.isOf(Secret.of("correct horse"))).isTrue();
        assertThat(password.isOf(Secret.of("correct horse "))).isFalse();
        assertThat(password.isOf(Secret.NONE)).isFalse();
        assertThat(PasswordHash.of(Secret.of("correct horse"), FAST)).isNotEqualTo(password);
        assertThat(TokenHash.random()).isNotEqualTo(TokenHash.random());
    }

    @Test
    void a_broken_line_is_named_with_what_is_wrong() {
        refuses("access.conf line 1: 'allow' stands before the first user", "allow read x");
        refuses("line 2: 'alow' is not known here", "user a", "alow read x");
        refuses("line 2: 'raed' is no effect", "user a", "allow raed x");
        refuses("'control' is no effect", "user a", "allow control");
        refuses("'read' wants to know of which caches", "user a", "allow read");
        refuses("'operator' is about the node, not about 'x'", "user a", "allow operator x");
        refuses("in part about caches", "user a", "allow read,pool x");
        refuses("3 words after allow", "user a", "allow read my cache");
        refuses("'' is no effect", "user a", "allow read, x");
        refuses("a user begins with: user NAME", "user");
        refuses("no name for a user", "user a%b");
        refuses("two users a", "user a", "user a");
        refuses("has a password already", "user a", "password " + HASH, "password " + HASH);
        refuses("two tokens of the name t", "user a", "token t " + TOKEN, "token t " + TOKEN.replace('1', '2'));
        refuses("a token of user b is one of user a too", "user a", "token t " + TOKEN, "user b", "token t " + TOKEN);
        refuses("64 digits", "user a", "token t sha256:00");
        refuses("1 iterations; allowed are 1000", "user a", "password " + HASH.replace(":1000:", ":1:"));
        refuses("not Base64", "user a", "password " + HASH.replace("1000:", "1000:%"));
    }

    @Test
    void no_message_shows_a_secret() {
        String plain = "Tr0ub4dor-and-three";
        for (String line :
                List.of("password " + plain, "token t " + plain, "token " + plain, plain, "password: " + plain)) {
            assertThatThrownBy(() -> users("user a", line))
                    .isInstanceOf(AccessFileException.class)
                    .satisfies(e -> assertThat(e.getMessage()).doesNotContain(plain));
        }
    }

    @Test
    void a_file_that_is_no_text_or_far_too_long_is_refused(@TempDir Path directory) throws Exception {
        Path binary = Files.write(directory.resolve("binary"), new byte[] {'u', (byte) 0xff, (byte) 0xfe});
        assertThatThrownBy(() -> AccessFile.read(binary)).hasMessageContaining("is not text in UTF-8");
        Path large = Files.write(directory.resolve("large"), new byte[(4 << 20) + 1]);
        assertThatThrownBy(() -> AccessFile.read(large)).hasMessageContaining("at most 4194304");
    }

    @Test
    void whatever_stands_in_it_a_file_is_read_or_refused_in_a_sentence() {
        Random random = new Random(14);
        String[] words = {
            "user", "a", "allow", "deny", "all", "read,write", "x/*", "password", HASH, "token", "#", ":", "*", "\u0000"
        };
        for (int i = 0; i < 5000; i++) {
            String[] lines = new String[1 + random.nextInt(4)];
            for (int l = 0; l < lines.length; l++) {
                String[] line = new String[random.nextInt(5)];
                Arrays.setAll(line, w -> words[random.nextInt(words.length)]);
                lines[l] = String.join(" ", line);
            }
            try {
                assertThat(users(lines)).isNotNull();
            } catch (AccessFileException refused) {
                assertThat(refused.getMessage()).startsWith("access.conf");
            }
        }
    }

    @Test
    void a_pattern_matches_as_a_slow_and_simple_one_does() {
        Random random = new Random(41);
        for (int i = 0; i < 20_000; i++) {
            String pattern = text(random, "ab*?");
            String name = text(random, "ab");
            String regex = pattern.replace("*", ".*").replace("?", ".");
            assertThat(new NamePattern(pattern).matches(name))
                    .as("%s on %s", pattern, name)
                    .isEqualTo(name.matches(regex));
        }
    }

    private static String text(Random random, String letters) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(7); i > 0; i--) {
            text.append(letters.charAt(random.nextInt(letters.length())));
        }
        return text.toString();
    }
}
