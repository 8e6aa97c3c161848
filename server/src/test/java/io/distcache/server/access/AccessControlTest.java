package io.distcache.server.access;

import static io.distcache.fixtures.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Effect;
import io.distcache.protocol.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccessControlTest {
    private static final CacheDefinition CACHE = CacheDefinition.of("default", "c");
    private static final Caller HERE = Caller.at("test", "10.0.0.1:4711");
    private static final PasswordHash PASSWORD = PasswordHash.of(Secret.of("correct horse"), 1000);

    @TempDir
    private Path directory = Path.of("");

    private Path file = Path.of("");
    private final List<AccessControl> opened = new ArrayList<>();

    @BeforeEach
    void place() {
        file = directory.resolve("access.conf");
    }

    @AfterEach
    void end() {
        opened.forEach(AccessControl::close);
    }

    private AccessControl open(String... lines) throws IOException {
        Files.write(file, List.of(lines));
        AccessControl access = AccessControl.of(new AccessConfig(file.toString()), Secret.NONE);
        opened.add(access);
        return access;
    }

    private static Login login(AccessControl access, String user, String secret) throws Exception {
        CompletableFuture<Login> login = new CompletableFuture<>();
        access.login(HERE, new Credentials(user, Secret.of(secret)), login::complete);
        return login.get(20, TimeUnit.SECONDS);
    }

    private static Principal in(AccessControl access, String user, String secret) throws Exception {
        Principal principal = login(access, user, secret).principal();
        if (principal == null) {
            throw new AssertionError("refused");
        }
        return principal;
    }

    private static String token(String secret) {
        return "token " + secret + " " + TokenHash.of(Secret.of(secret));
    }

    @Test
    void a_user_comes_in_with_its_password_or_a_token_and_with_nothing_else() throws Exception {
        AccessControl access =
                open("user app", "password " + PASSWORD, token("t1"), token("t2"), "user b", token("t3"));
        assertThat(in(access, "app", "correct horse").name()).isEqualTo("app");
        assertThat(in(access, "app", "correct horse").name()).isEqualTo("app");
        assertThat(in(access, "app", "t1").name()).isEqualTo("app");
        assertThat(in(access, "", "t2").name()).isEqualTo("app");
        assertThat(in(access, "", "t3").name()).isEqualTo("b");
        for (String[] wrong : new String[][] {
            {"app", "Correct horse"},
            {"app", "t3"},
            {"b", "correct horse"},
            {"nobody", "t1"},
            {"", "correct horse"},
            {"", ""}
        }) {
            Login login = login(access, wrong[0], wrong[1]);
            assertThat(login.principal()).as("%s %s", wrong[0], wrong[1]).isNull();
            assertThat(login.refusal()).contains("access.file").doesNotContain("horse");
        }
        assertThat(access.failedLogins()).isEqualTo(6);
    }

    @Test
    void one_token_in_the_settings_is_a_user_with_everything() throws Exception {
        AccessControl access = AccessControl.of(new AccessConfig(""), Secret.of("s3cret"));
        opened.add(access);
        Principal all = in(access, "", "s3cret");
        assertThat(all.name()).isEqualTo("default");
        for (Effect effect : Effect.values()) {
            assertThat(all.may(effect, CACHE)).isTrue();
        }
        assertThat(in(access, "default", "s3cret").name()).isEqualTo("default");
        assertThat(login(access, "", "guess").refusal())
                .isEqualTo("the node wants its token (server.auth-token); the client sent another");
        assertThat(login(access, "", "").refusal()).endsWith("the client sent none");
        assertThat(AccessControl.of(new AccessConfig(""), Secret.NONE).isOpen()).isTrue();
    }

    @Test
    void a_changed_file_changes_what_those_may_do_who_are_in() throws Exception {
        AccessControl access = open("user app", token("t"), "allow read *", "user b", "password " + PASSWORD);
        Principal app = in(access, "app", "t");
        Principal b = in(access, "b", "correct horse");
        AtomicInteger told = new AtomicInteger();
        app.whenChanged(told::incrementAndGet);
        assertThat(app.may(Effect.READ, CACHE)).isTrue();
        assertThat(app.may(Effect.WRITE, CACHE)).isFalse();

        access.look();
        assertThat(told).hasValue(0);
        Files.write(file, List.of("user app", token("t"), "allow write *", "user b", "password " + PASSWORD));
        access.look();
        assertThat(told).hasValue(1);
        assertThat(app.may(Effect.READ, CACHE)).isFalse();
        assertThat(app.may(Effect.WRITE, CACHE)).isTrue();

        // The token is another now, and so is the other user's password.
        PasswordHash other = PasswordHash.of(Secret.of("battery staple"), 1000);
        Files.write(file, List.of("user app", token("t2"), "allow write *", "user b", "password " + other));
        access.look();
        assertThat(told).hasValue(2);
        assertThat(app.isVoid()).isTrue();
        assertThat(app.may(Effect.WRITE, CACHE)).isFalse();
        assertThat(b.isVoid()).isTrue();
        assertThat(login(access, "b", "correct horse").principal()).isNull();
        assertThat(in(access, "b", "battery staple").isVoid()).isFalse();

        Principal again = in(access, "", "t2");
        Files.write(file, List.of("user b", "password " + other));
        access.look();
        assertThat(again.isVoid()).isTrue();
    }

    @Test
    void a_secret_of_kubernetes_is_taken_when_its_link_is_swapped() throws Exception {
        for (String version : new String[] {"..1", "..2"}) {
            Path made = Files.createDirectory(directory.resolve(version));
            Files.write(
                    made.resolve("access.conf"),
                    List.of("user app", token("t"), version.equals("..1") ? "allow read *" : "deny read *"));
        }
        Files.createSymbolicLink(directory.resolve("..data"), Path.of("..1"));
        Files.createSymbolicLink(file, Path.of("..data/access.conf"));
        AccessControl access = AccessControl.of(new AccessConfig(file.toString()), Secret.NONE);
        opened.add(access);
        Principal app = in(access, "app", "t");
        assertThat(app.may(Effect.READ, CACHE)).isTrue();

        Files.createSymbolicLink(directory.resolve("..data_tmp"), Path.of("..2"));
        Files.move(
                directory.resolve("..data_tmp"),
                directory.resolve("..data"),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
        assertThat(access.look()).isEmpty();
        assertThat(app.may(Effect.READ, CACHE)).isFalse();
    }

    @Test
    void a_broken_file_changes_nothing_until_it_is_right_again_and_stops_a_start() throws Exception {
        AccessControl access = open("user app", token("t"), "allow read *");
        Principal app = in(access, "app", "t");
        for (List<String> broken : List.of(List.of("user app", "alow read *"), List.of("usr"))) {
            Files.write(file, broken);
            access.look();
            assertThat(app.may(Effect.READ, CACHE)).isTrue();
            assertThatThrownBy(() -> AccessControl.of(new AccessConfig(file.toString()), Secret.NONE))
                    .isInstanceOf(AccessFileException.class)
                    .hasMessageContaining("line ");
        }
        Files.delete(file);
        access.look();
        assertThat(in(access, "app", "t").may(Effect.READ, CACHE)).isTrue();
        Files.write(file, List.of("user app", token("t"), "deny read *"));
        access.look();
        assertThat(app.may(Effect.READ, CACHE)).isFalse();
    }

    @Test
    void who_guesses_has_to_wait_and_others_have_not() throws Exception {
        AccessControl access = open("user app", "password " + PASSWORD, token("short"));
        for (int i = 0; i < 5; i++) {
            assertThat(login(access, "app", "guess " + i).isThrottled()).isFalse();
        }
        Login throttled = login(access, "app", "correct horse");
        assertThat(throttled.isThrottled()).isTrue();
        assertThat(throttled.refusal()).contains("10.0.0.1").contains("try again in 1 s");
        assertThat(login(access, "", "short").isThrottled()).isFalse();
        CompletableFuture<Login> elsewhere = new CompletableFuture<>();
        Credentials right = new Credentials("app", Secret.of("correct horse"));
        access.login(new Caller("test", "10.0.0.2"), right, elsewhere::complete);
        assertThat(elsewhere.get(20, TimeUnit.SECONDS).principal()).isNotNull();
        eventually(() ->
                assertThat(login(access, "app", "correct horse").principal()).isNotNull());
    }

    @Test
    void waits_double_up_to_a_minute_and_are_forgotten() {
        AtomicLong now = new AtomicLong();
        Throttle throttle = new Throttle(now::get);
        long[] waits = new long[12];
        for (int i = 0; i < waits.length; i++) {
            throttle.failed("a", "u");
            waits[i] = throttle.waitSeconds("a", "u");
        }
        assertThat(waits).containsExactly(0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60);
        assertThat(throttle.waitSeconds("a", "v")).isZero();
        now.addAndGet(TimeUnit.SECONDS.toNanos(601));
        throttle.failed("a", "u");
        assertThat(throttle.waitSeconds("a", "u")).isZero();
        for (int i = 0; i < 30_000; i++) {
            throttle.failed("b" + i, "u" + i);
        }
        for (int i = 0; i < 60; i++) {
            throttle.failed("c", "u" + i);
        }
        assertThat(throttle.waitSeconds("c", "anybody")).isPositive();
    }
}
