package io.distcache.server.cli;

import static io.distcache.server.cli.Tools.run;
import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.server.cli.Tools.Ended;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UserToolTest {
    private static final String PASSWORD = "correct horse";

    @TempDir
    private Path directory = Path.of("");

    private Path file = Path.of("");
    private Path password = Path.of("");

    @BeforeEach
    void place() throws Exception {
        file = directory.resolve("access.conf");
        password = Files.writeString(directory.resolve("password"), PASSWORD + "\n");
    }

    private static String done(Object... arguments) {
        Ended ended = run(arguments);
        assertThat(ended.code()).as(ended.err()).isZero();
        return ended.out();
    }

    private static String fails(int code, Object... arguments) {
        Ended ended = run(arguments);
        assertThat(ended.code()).as(ended.err()).isEqualTo(code);
        return ended.err() + ended.out();
    }

    @Test
    void a_file_is_made_user_by_user_and_says_who_may_what() throws Exception {
        done("user", "add", file, "app", "--rule", "allow read,write session:*", "--rule", "deny write session:x");
        done("user", "passwd", file, "app", "--password-file", password);
        String token = done("user", "token", file, "app", "--name", "2026-11").strip();
        assertThat(token).matches("dct_[A-Za-z0-9_-]{43}");
        assertThat(Files.readString(file)).doesNotContain(token).doesNotContain(PASSWORD);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(done("user", "list", file))
                .isEqualTo("app  password  tokens 2026-11  allow read,write session:*; deny write session:x\n");
        assertThat(done("user", "check", file)).contains("makes sense: 1 users");
        assertThat(done("user", "check", file, "app", "write", "session:1"))
                .isEqualTo("allowed: line 4 of user app: allow read,write session:*\n");
        assertThat(fails(1, "user", "check", file, "app", "write", "default/session:x"))
                .isEqualTo("not allowed: line 5 of user app: deny write session:x\n");
        assertThat(fails(1, "user", "check", file, "app", "operator"))
                .isEqualTo("not allowed: no rule of user app allows it\n");
    }

    @Test
    void comments_and_others_stay_when_one_user_changes() throws Exception {
        Files.write(
                file,
                List.of("# ours", "user a", "  # of a", "  allow read x", "", "# of b", "user b", "  allow pool"));
        done("user", "token", file, "a", "--name", "one");
        done("user", "token", file, "a", "--name", "two");
        done("user", "token", file, "a", "--name", "one", "--remove");
        done("user", "passwd", file, "b", "--password-file", password);
        done("user", "passwd", file, "b", "--password-file", password);
        List<String> lines = Files.readAllLines(file);
        assertThat(lines).hasSize(10).contains("# ours", "  # of a", "# of b", "  allow read x", "  allow pool");
        assertThat(lines.stream().filter(line -> line.contains("password"))).hasSize(1);
        assertThat(lines.get(2)).startsWith("  token two sha256:");
        done("user", "remove", file, "a");
        assertThat(Files.readAllLines(file)).hasSize(6).startsWith("# ours", "", "# of b", "user b");
    }

    @Test
    void what_makes_no_sense_is_refused_and_nothing_is_written() throws Exception {
        assertThat(fails(1, "user", "add", file, "app", "--rule", "allow raed x"))
                .contains("'raed' is no effect");
        assertThat(file).doesNotExist();
        done("user", "add", file, "app");
        String before = Files.readString(file);
        assertThat(fails(1, "user", "add", file, "app")).contains("has a user app already");
        assertThat(fails(1, "user", "add", file, "a b")).contains("is no name for a user");
        assertThat(fails(1, "user", "remove", file, "nobody")).contains("has no user of that name");
        assertThat(fails(1, "user", "token", file, "app", "--remove")).contains("no token of that name");
        assertThat(fails(2, "user", "passwd", file, "app")).contains("--password-file");
        Files.writeString(password, "short");
        assertThat(fails(2, "user", "passwd", file, "app", "--password-file", password))
                .contains("at least 8 characters")
                .doesNotContain("short");
        assertThat(Files.readString(file)).isEqualTo(before);
        Files.writeString(file, "usr app\n");
        assertThat(fails(1, "user", "add", file, "b")).contains("line 1");
        assertThat(Files.readString(file)).isEqualTo("usr app\n");
    }
}
