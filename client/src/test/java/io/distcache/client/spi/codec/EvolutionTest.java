package io.distcache.client.spi.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.distcache.client.SerializationRefusedException;
import io.distcache.client.UndecodableValueException;
import io.distcache.client.UnusableClassException;
import io.distcache.protocol.Bytes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The application before and after a redeploy: the same class names in two class loaders. */
class EvolutionTest {
    @TempDir
    private Path directory;

    private int versions;

    @Test
    void a_new_component_gets_its_default_and_a_removed_one_is_ignored() throws Exception {
        ClassLoader before = compile("public record User(String name, int age, Address home) {}", ADDRESS);
        ClassLoader after = compile("public record User(long id, String nick, String name, boolean active) {}");

        Bytes stored =
                codec(before, "User").encodeForOthers(make(before, "User", "ann", 7, make(before, "Address", "x")));
        Object read = codec(after, "User").decode(stored);

        assertThat(read.getClass().getClassLoader()).isSameAs(after);
        assertThat(read).hasToString("User[id=0, nick=null, name=ann, active=false]");
    }

    @Test
    void references_to_a_class_first_named_in_a_removed_field_still_hold() throws Exception {
        ClassLoader before =
                compile("public record User(Address old, Address home, E e) {}", ADDRESS, "public enum E {A, B}");
        ClassLoader after = compile("public record User(Address home, E e) {}", ADDRESS, "public enum E {B, A}");

        Object user = make(
                before,
                "User",
                make(before, "Address", "old"),
                make(before, "Address", "new"),
                before.loadClass("E").getEnumConstants()[0]);
        Object read = codec(after, "User").decode(codec(before, "User").encodeForOthers(user));

        assertThat(read).hasToString("User[home=Address[street=new], e=A]");
    }

    @Test
    void components_may_change_their_order_and_numbers_may_widen() throws Exception {
        ClassLoader before = compile("public record User(int a, short b, float c, String d, Integer e) {}");
        ClassLoader after = compile("public record User(Long e, String d, double c, int b, long a) {}");
        Object user = make(before, "User", 1, (short) 2, 0.5f, "d", 5);

        assertThat(codec(after, "User").decode(codec(before, "User").encodeForOthers(user)))
                .hasToString("User[e=5, d=d, c=0.5, b=2, a=1]");
    }

    @Test
    void a_component_of_another_type_makes_the_value_undecodable() throws Exception {
        ClassLoader before = compile("public record User(String name, int age) {}");
        for (String now : List.of(
                "public record User(int name, int age) {}",
                "public record User(String name, String age) {}",
                "public record User(String name, short age) {}",
                "public record User(java.util.List<String> name, int age) {}",
                "public class User {}",
                "public interface User {}",
                "public enum User {A}",
                "public record User(String name, int age) { public User { if (age < 18) throw new"
                        + " IllegalArgumentException(); } }")) {
            Bytes stored = codec(before, "User").encodeForOthers(make(before, "User", "ann", 7));
            ClassLoader after = compile(now);
            if (now.equals("public class User {}")) {
                assertThat(codec(after, "User").decode(stored).getClass().getName())
                        .isEqualTo("User");
            } else {
                assertThatThrownBy(() -> codec(after, "User").decode(stored))
                        .as(now)
                        .isInstanceOf(UndecodableValueException.class);
            }
        }
    }

    @Test
    void a_bean_keeps_the_defaults_of_new_fields() throws Exception {
        ClassLoader before =
                compile("public class User {" + property("String", "name", "") + property("int", "gone", "") + "}");
        ClassLoader after = compile("public class User {" + property("String", "nick", " = \"none\"")
                + property("String", "name", "") + "}");
        Object user = make(before, "User");
        user.getClass().getMethod("setName", String.class).invoke(user, "ann");

        Object read = codec(after, "User").decode(codec(before, "User").encodeForOthers(user));

        assertThat(get(read, "getName")).isEqualTo("ann");
        assertThat(get(read, "getNick")).isEqualTo("none");
    }

    @Test
    void a_vanished_class_or_constant_is_undecodable_and_not_refused() throws Exception {
        ClassLoader before = compile("public record User(E e, Object any) {}", "public enum E {A, B}", ADDRESS);
        Object user = make(before, "User", before.loadClass("E").getEnumConstants()[1], null);
        Object wide = make(before, "User", null, make(before, "Address", "x"));
        ClassLoader without = compile("public record Other() {}");
        ClassLoader fewer = compile("public record User(E e, Object any) {}", "public enum E {A}");

        assertThatThrownBy(() ->
                        codec(without, "Other").decode(codec(before, "User").encodeForOthers(user)))
                .isInstanceOf(UndecodableValueException.class);
        assertThatThrownBy(
                        () -> codec(fewer, "User").decode(codec(before, "User").encodeForOthers(user)))
                .isInstanceOf(UndecodableValueException.class);
        assertThatThrownBy(
                        () -> codec(fewer, "User").decode(codec(before, "User").encodeForOthers(wide)))
                .isInstanceOf(UndecodableValueException.class);
        assertThatThrownBy(
                        () -> codec(before, "User").decode(codec(before, "User").encodeForOthers(wide)))
                .isInstanceOf(SerializationRefusedException.class)
                .hasMessageContaining("class Address ");
    }

    @Test
    void a_serialized_class_that_changed_or_vanished_is_undecodable() throws Exception {
        String source = "public class User implements java.io.Serializable { %s public final int a = hashCode(); }";
        ClassLoader before = compile(source.formatted("private static final long serialVersionUID = 1;"));
        ClassLoader after = compile(source.formatted("private static final long serialVersionUID = 2;"));
        ClassLoader without = compile("public record Other() {}");
        Bytes stored = codec(before, "User").encodeForOthers(make(before, "User"));

        assertThat(codec(before, "User").decode(stored)).isNotNull();
        assertThatThrownBy(() -> codec(after, "User").decode(stored)).isInstanceOf(UndecodableValueException.class);
        assertThatThrownBy(() -> codec(without, "Other").decode(stored)).isInstanceOf(UndecodableValueException.class);
    }

    @Test
    void the_class_that_changed_is_named() throws Exception {
        ClassLoader before = compile("public record User(Address home, int age) {}", ADDRESS);
        ClassLoader after =
                compile("public record User(Address home, int age) {}", "public record Address(int street) {}");
        Bytes stored = codec(before, "User").encode(make(before, "User", make(before, "Address", "x"), 7));

        assertThatThrownBy(() -> codec(after, "User").decode(stored))
                .isInstanceOfSatisfying(
                        UndecodableValueException.class,
                        e -> assertThat(e.className()).isEqualTo("Address"));
    }

    @Test
    void a_class_that_cannot_be_linked_is_an_error_with_its_cause_and_no_changed_class() throws Exception {
        String serializable = "public class User implements java.io.Serializable { private static final long"
                + " serialVersionUID = 1; public User(int age) {} private void readObject(java.io.ObjectInputStream in)"
                + " throws Exception { in.defaultReadObject(); new Address(\"\"); } }";
        for (String user : List.of(
                "public record User(Address home) {}",
                "public record User(int age) { public User { if (age > 7) throw new Error(new Address(\"\") + \"\"); }"
                        + " }",
                "public record User(int age) { static final Object MADE = new Address(\"x\"); }",
                "public class User extends Address {" + property("int", "age", "") + "}",
                serializable)) {
            String address = user.contains("extends") ? "public class Address {}" : ADDRESS;
            ClassLoader before = compile(user, address);
            boolean bean = user.contains("extends");
            boolean part = user.contains("home");
            Object made = bean
                    ? make(before, "User")
                    : make(before, "User", part ? make(before, "Address", "x") : (Object) 7);
            Bytes stored = codec(before, "User").encode(made);
            ClassLoader lacking = compile(user.replace("age > 7", "age == 7"), address);
            Files.delete(directory.resolve("v" + (versions - 1)).resolve("Address.class"));

            assertThatThrownBy(() -> Codec.create(Object.class, new CodecContext(lacking, "User;Address"))
                            .decode(stored))
                    .as(user)
                    .isInstanceOf(UnusableClassException.class)
                    .hasCauseInstanceOf(LinkageError.class)
                    .hasMessageContaining("Address");
        }
    }

    @Test
    void a_codec_keeps_no_class_loader_alive() throws Exception {
        java.lang.ref.WeakReference<ClassLoader> loader = new java.lang.ref.WeakReference<>(encodeInALoaderOfItsOwn());
        for (int i = 0; i < 50 && loader.get() != null; i++) {
            System.gc();
        }
        assertThat(loader.get()).isNull();
    }

    private ClassLoader encodeInALoaderOfItsOwn() throws Exception {
        ClassLoader loader = compile("public record User(E e, Object any) {}", "public enum E {A, B}");
        Object user = make(loader, "User", loader.loadClass("E").getEnumConstants()[1], null);
        List<Object> users = new ArrayList<>(List.of(user));
        Codec codec = codec(loader, "User");
        codec.decode(codec.encodeForOthers(users));
        return loader;
    }

    private static final String ADDRESS = "public record Address(String street) {}";

    private static String property(String type, String name, String initial) {
        String capital = Character.toUpperCase(name.charAt(0)) + name.substring(1);
        return "private %s %s%s; public %s get%s() { return %s; } public void set%s(%s v) { %s = v; }"
                .formatted(type, name, initial, type, capital, name, capital, type, name);
    }

    private static Codec codec(ClassLoader loader, String declared) throws ClassNotFoundException {
        return Codec.create(loader.loadClass(declared), new CodecContext(loader, ""));
    }

    private static Object make(ClassLoader loader, String name, Object... arguments) throws Exception {
        for (Constructor<?> constructor : loader.loadClass(name).getDeclaredConstructors()) {
            if (constructor.getParameterCount() == arguments.length) {
                return constructor.newInstance(arguments);
            }
        }
        throw new IllegalArgumentException(name);
    }

    private static Object get(Object bean, String getter) throws Exception {
        Method method = bean.getClass().getMethod(getter);
        return method.invoke(bean);
    }

    private ClassLoader compile(String... sources) {
        try {
            Path root = Files.createDirectory(directory.resolve("v" + versions++));
            List<String> arguments = new ArrayList<>(List.of("-d", root.toString()));
            for (String source : sources) {
                String name = source.split("[^A-Za-z]+", -1)[2];
                Path file = root.resolve(name + ".java");
                Files.writeString(file, source);
                arguments.add(file.toString());
            }
            int result = ToolProvider.getSystemJavaCompiler().run(null, null, null, arguments.toArray(String[]::new));
            assertThat(result).isZero();
            return new URLClassLoader(new URL[] {root.toUri().toURL()}, null);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
