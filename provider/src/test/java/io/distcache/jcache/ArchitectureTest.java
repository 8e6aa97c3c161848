package io.distcache.jcache;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.distcache.fixtures.PublicFace;
import io.distcache.protocol.Secret;

@AnalyzeClasses(packagesOf = DistCachingProvider.class, importOptions = ImportOption.DoNotIncludeTests.class)
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
    static final ArchRule the_public_face_names_no_protocol_and_no_internals = PublicFace.of("io.distcache.jcache");

    @ArchTest
    static final ArchRule nothing_here_has_heard_of_sockets_or_nodes = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.netty..", "io.vertx..", "io.distcache.server..", "io.distcache.protocol.frame..");

    @ArchTest
    static final ArchRule of_the_client_only_its_public_face_is_used =
            noClasses().should().dependOnClassesThat().resideInAPackage("io.distcache.client.internal..");

    @ArchTest
    static final ArchRule the_parts_do_not_know_the_manager_and_the_caches = noClasses()
            .that()
            .resideInAPackage("io.distcache.jcache.internal.(**)")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.distcache.jcache.internal");

    @ArchTest
    static final ArchRule no_two_internal_packages_import_each_other =
            slices().matching("io.distcache.jcache.internal.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule only_the_provider_reaches_the_internals = noClasses()
            .that()
            .resideInAPackage("io.distcache.jcache")
            .and()
            .doNotHaveSimpleName("DistCachingProvider")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("..internal..");

    @ArchTest
    static final ArchRule objects_become_bytes_in_the_clients_codec_only =
            noClasses().should().dependOnClassesThat().resideInAPackage("com.fasterxml.jackson..");

    @ArchTest
    static final ArchRule there_is_no_dumping_ground =
            noClasses().should().resideInAnyPackage("..util..", "..helper..", "..common..", "..misc..");
}
