package io.distcache.protocol;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packagesOf = Command.class, importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule no_field_holds_a_secret_as_plain_text = noFields()
            .that()
            .haveNameMatching("(?i).*(secret|password|authtoken)|token")
            .should()
            .haveRawType(String.class);

    @ArchTest
    static final ArchRule what_both_ends_say_depends_on_nothing = classes()
            .that()
            .resideInAPackage("io.distcache.protocol")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage("io.distcache.protocol", "java..", "org.jspecify..");

    @ArchTest
    static final ArchRule frames_depend_on_what_is_said_and_on_buffers = classes()
            .that()
            .resideInAPackage("..frame")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "io.distcache.protocol",
                    "io.distcache.protocol.frame",
                    "io.netty.buffer",
                    "io.netty.util..",
                    "java..",
                    "org.jspecify..");

    @ArchTest
    static final ArchRule the_ring_depends_on_what_is_said = classes()
            .that()
            .resideInAPackage("..ring")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage("io.distcache.protocol", "io.distcache.protocol.ring", "java..", "org.jspecify..");

    @ArchTest
    static final ArchRule keys_and_certificates_are_read_by_the_jdk_and_vertx = classes()
            .that()
            .resideInAPackage("..tls")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "io.distcache.protocol",
                    "io.distcache.protocol.tls",
                    "io.netty.handler..",
                    "io.vertx.core..",
                    "java..",
                    "javax.crypto..",
                    "javax.net.ssl..",
                    "javax.security.auth.x500..",
                    "org.jspecify..");

    @ArchTest
    static final ArchRule no_two_packages_import_each_other =
            slices().matching("io.distcache.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule there_is_no_dumping_ground =
            noClasses().should().resideInAnyPackage("..util..", "..helper..", "..common..", "..misc..");
}
