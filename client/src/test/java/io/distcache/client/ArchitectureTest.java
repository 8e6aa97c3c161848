package io.distcache.client;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.distcache.fixtures.Circles;
import io.distcache.fixtures.PublicFace;
import io.distcache.protocol.Secret;

@AnalyzeClasses(packagesOf = DistCacheClient.class, importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule no_field_holds_a_secret_as_plain_text = noFields()
            .that()
            .haveNameMatching("(?i).*(secret|password|authtoken)|token")
            .should()
            .haveRawType(String.class);

    @ArchTest
    static final ArchRule a_secret_is_revealed_to_the_other_end_only =
            noClasses().should().callMethod(Secret.class, "reveal");

    @ArchTest
    static final ArchRule the_public_face_names_no_protocol_and_no_internals = PublicFace.of("io.distcache.client");

    @ArchTest
    static final ArchRule links_know_nothing_of_the_pool = noClasses()
            .that()
            .resideInAPackage("..internal.link")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("..internal.pool");

    @ArchTest
    static final ArchRule only_the_client_itself_reaches_the_internals = noClasses()
            .that()
            .resideInAnyPackage("io.distcache.client", "io.distcache.client.spi..")
            .and()
            .doNotHaveSimpleName("DistCacheClient")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("..internal..");

    @ArchTest
    static final ArchRule the_parts_do_not_know_the_client = noClasses()
            .that()
            .resideInAPackage("io.distcache.client.internal.*..")
            .should()
            .dependOnClassesThat()
            .haveSimpleName("DistCacheClient")
            .orShould()
            .dependOnClassesThat()
            .resideInAPackage("io.distcache.client.internal");

    @ArchTest
    static final ArchRule nothing_here_has_heard_of_jcache = classes()
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "io.distcache..",
                    "java..",
                    "com.fasterxml.jackson..",
                    "io.netty..",
                    "io.vertx..",
                    "org.slf4j..",
                    "org.jspecify..");

    @ArchTest
    static final ArchRule the_codec_knows_no_cache_and_of_the_client_its_exceptions_and_limits_only = classes()
            .that()
            .resideInAPackage("io.distcache.client.spi.codec")
            .should()
            .onlyDependOnClassesThat(resideInAnyPackage(
                            "io.distcache.client.spi.codec",
                            "io.distcache.protocol",
                            "com.fasterxml.jackson..",
                            "java..",
                            "org.slf4j..",
                            "org.jspecify..")
                    .or(assignableTo(DistCacheException.class))
                    .or(assignableTo(SerializationLimits.class)));

    @ArchTest
    static final ArchRule nothing_but_the_codec_makes_bytes_of_objects = noClasses()
            .that()
            .resideOutsideOfPackage("io.distcache.client.spi.codec")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("com.fasterxml.jackson..");

    @ArchTest
    static final ArchRule links_and_the_pool_carry_bytes_and_know_no_codec = noClasses()
            .that()
            .resideInAnyPackage("..internal.link", "..internal.pool")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.distcache.client.spi.codec");

    @ArchTest
    static final ArchRule the_client_knows_no_node =
            noClasses().should().dependOnClassesThat().resideInAPackage("io.distcache.server..");

    @ArchTest
    static final ArchRule no_two_internal_packages_import_each_other =
            slices().matching("io.distcache.client.internal.(**)").should().beFreeOfCycles();

    /** A sealed class names those that may extend it, and each of them names it: that is one circle, and says what it should. */
    private static final String SEALED = DistCacheException.class.getName();

    @ArchTest
    static void circles_of_references_between_files_are_small(JavaClasses all) {
        assertThat(Circles.largerThan(4, all))
                .allSatisfy(circle -> assertThat(circle)
                        .contains(SEALED)
                        .allSatisfy(file -> assertThat(all.get(file)).matches(type -> type.isAssignableTo(SEALED))));
    }

    @ArchTest
    static final ArchRule there_is_no_dumping_ground =
            noClasses().should().resideInAnyPackage("..util..", "..helper..", "..common..", "..misc..");
}
