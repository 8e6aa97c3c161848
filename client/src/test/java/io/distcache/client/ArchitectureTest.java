package io.distcache.client;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
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
    static final ArchRule the_pool_knows_nothing_of_routing = noClasses()
            .that()
            .resideInAPackage("..pool")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("..routing");

    @ArchTest
    static final ArchRule only_the_client_itself_reaches_the_internals = noClasses()
            .that()
            .resideInAPackage("io.distcache.client")
            .and()
            .doNotHaveSimpleName("DistCacheClient")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("..internal..");

    @ArchTest
    static final ArchRule internals_do_not_know_the_client = noClasses()
            .that()
            .resideInAPackage("..internal..")
            .should()
            .dependOnClassesThat()
            .haveSimpleName("DistCacheClient");

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
            .resideInAPackage("io.distcache.client.codec")
            .should()
            .onlyDependOnClassesThat(resideInAnyPackage(
                            "io.distcache.client.codec",
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
            .resideOutsideOfPackage("io.distcache.client.codec")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("com.fasterxml.jackson..");

    @ArchTest
    static final ArchRule the_pool_and_routing_carry_bytes_and_know_no_codec = noClasses()
            .that()
            .resideInAnyPackage("..pool", "..routing")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.distcache.client.codec");

    @ArchTest
    static final ArchRule the_client_knows_no_node =
            noClasses().should().dependOnClassesThat().resideInAPackage("io.distcache.server..");

    @ArchTest
    static final ArchRule no_two_internal_packages_import_each_other =
            slices().matching("io.distcache.client.internal.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule there_is_no_dumping_ground =
            noClasses().should().resideInAnyPackage("..util..", "..helper..", "..common..", "..misc..");
}
