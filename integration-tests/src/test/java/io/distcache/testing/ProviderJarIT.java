package io.distcache.testing;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.ArchConfiguration;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Of the jar that applications depend on: it meets nothing of theirs. */
class ProviderJarIT {
    /** Packages of every JDK, besides java. */
    private static final List<String> JDK =
            List.of("javax.crypto.", "javax.management.", "javax.naming.", "javax.net.ssl.", "javax.security.auth.");

    private static final String SERVICES = "META-INF/services/";
    private static final Set<String> OF_STANDARDS =
            Set.of("javax.cache.spi.CachingProvider", "jakarta.servlet.ServletContainerInitializer");
    /** Loaded by servlet containers only, which have what it needs. */
    private static final String FOR_SERVLET_CONTAINERS = "io.distcache.jcache.internal.application.ServletApplications";

    private static final Pattern DEPENDENCY = Pattern.compile(
            "<dependency>\\s*<groupId>([^<]*)</groupId>\\s*<artifactId>([^<]*)</artifactId>(.*?)</dependency>",
            Pattern.DOTALL);
    private static final Pattern SCOPE = Pattern.compile("<scope>([^<]*)</scope>");

    @Test
    void every_class_in_it_is_in_its_own_packages() throws IOException {
        assertThat(ProviderJar.names())
                .filteredOn(name -> name.endsWith(".class") && !name.equals("module-info.class"))
                .hasSizeGreaterThan(1000)
                .allSatisfy(name -> assertThat(name).startsWith("io/distcache/"));
    }

    @Test
    void besides_classes_it_has_nothing_that_another_library_has_under_the_same_name() throws IOException {
        assertThat(ProviderJar.names())
                .filteredOn(name -> !name.startsWith("io/distcache/") && !name.startsWith(SERVICES))
                .containsExactlyInAnyOrder(
                        "META-INF/MANIFEST.MF",
                        "META-INF/LICENSE",
                        "META-INF/NOTICE",
                        "META-INF/FastDoubleParser-LICENSE",
                        "META-INF/FastDoubleParser-ThirdParty-LICENSE",
                        "META-INF/Schubfach-LICENSE",
                        "META-INF/distcache-vertx/vertx-version.txt",
                        "META-INF/native/libio_distcache_internal_netty_transport_native_epoll_aarch_64.so",
                        "META-INF/native/libio_distcache_internal_netty_transport_native_epoll_x86_64.so",
                        "META-INF/web-fragment.xml",
                        "distcache-reference.properties",
                        "module-info.class");
    }

    @Test
    void its_pom_brings_the_interface_of_jcache_a_logging_facade_and_annotations() throws IOException {
        Set<String> brought = new TreeSet<>();
        Matcher dependency = DEPENDENCY.matcher(ProviderJar.pom());
        while (dependency.find()) {
            Matcher scope = SCOPE.matcher(dependency.group(3));
            if (!(scope.find() && Set.of("test", "provided").contains(scope.group(1)))) {
                brought.add(dependency.group(1) + ":" + dependency.group(2));
            }
        }
        assertThat(brought).containsExactly("javax.cache:cache-api", "org.jspecify:jspecify", "org.slf4j:slf4j-api");
    }

    @Test
    void every_service_names_classes_that_are_in_it() throws IOException {
        Set<String> names = ProviderJar.names();
        Set<String> services = new TreeSet<>();
        for (String file : names) {
            if (file.startsWith(SERVICES)) {
                String service = file.substring(SERVICES.length());
                services.add(service);
                assertThat(service)
                        .matches(
                                name -> OF_STANDARDS.contains(name) || names.contains(file(name)),
                                "is a standard's, or in the jar");
                assertThat(ProviderJar.text(file).lines().filter(line -> !line.isBlank()))
                        .isNotEmpty()
                        .doesNotHaveDuplicates()
                        .allSatisfy(provider -> assertThat(names).contains(file(provider)));
            }
        }
        assertThat(services).containsAll(OF_STANDARDS).contains("io.distcache.protocol.EmbeddedNode$Factory");
    }

    @Test
    void the_command_line_and_what_nothing_uses_are_not_in_it() throws IOException {
        assertThat(ProviderJar.names())
                .noneMatch(name -> name.contains("io/distcache/server/Main")
                        || name.contains("io/distcache/server/cli/")
                        || name.contains("picocli")
                        || name.contains("/databind/")
                        || name.contains("netty/handler/codec/http")
                        || name.contains("netty/handler/codec/dns")
                        || name.contains("netty/handler/codec/socks")
                        || name.contains("netty/resolver/dns"));
    }

    @Test
    void licences_and_notices_of_what_is_in_it_are_in_it() throws IOException {
        assertThat(ProviderJar.text("META-INF/LICENSE")).contains("Apache License");
        assertThat(ProviderJar.text("META-INF/NOTICE"))
                .contains(
                        "The Netty Project",
                        "Eclipse Vert.x",
                        "Jackson JSON processor",
                        "The Prometheus Authors",
                        "QOS.ch")
                .doesNotContain("${");
    }

    @Test
    void no_class_of_ours_in_it_needs_one_that_is_absent() throws IOException {
        Set<String> names = ProviderJar.names();
        Set<String> absent = new TreeSet<>();
        for (JavaClass type : classesOfOurs()) {
            for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
                JavaClass target = dependency.getTargetClass().getBaseComponentType();
                if (!target.isPrimitive()
                        && !isBesideIt(target)
                        && !isServlets(type, target)
                        && !names.contains(file(target.getName()))) {
                    absent.add(type.getName() + " -> " + target.getName());
                }
            }
        }
        assertThat(absent).isEmpty();
    }

    private static JavaClasses classesOfOurs() throws IOException {
        try (JarFile jar = new JarFile(ProviderJar.path().toFile())) {
            return ArchConfiguration.withThreadLocalScope(configuration -> {
                configuration.setResolveMissingDependenciesFromClassPath(false);
                return new ClassFileImporter()
                        .withImportOption(location -> !location.contains("/io/distcache/internal/"))
                        .importJar(jar);
            });
        }
    }

    private static boolean isServlets(JavaClass type, JavaClass target) {
        return type.getName().startsWith(FOR_SERVLET_CONTAINERS)
                && target.getName().startsWith("jakarta.servlet.");
    }

    private static boolean isBesideIt(JavaClass type) {
        String name = type.getName();
        return name.startsWith("java.")
                || name.startsWith("javax.cache.")
                || JDK.stream().anyMatch(name::startsWith)
                || name.startsWith("org.slf4j.")
                || name.startsWith("org.jspecify.");
    }

    private static String file(String className) {
        return className.replace('.', '/') + ".class";
    }
}
