package io.distcache.cdi;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packagesOf = CachingExtension.class, importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule one_class_knows_the_provider_of_this_project = noClasses()
            .that()
            .haveNameNotMatching(".*\\.DistCacheAccess(\\$.*)?")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.distcache.jcache..", "io.distcache.client..", "io.distcache.protocol..");

    @ArchTest
    static final ArchRule one_class_knows_Vertx = noClasses()
            .that()
            .doNotHaveSimpleName("VertxKind")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.vertx..");

    @ArchTest
    static final ArchRule one_class_knows_MicroProfile = noClasses()
            .that()
            .haveNameNotMatching(".*\\.Settings\\$MicroProfile")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.eclipse.microprofile..");

    @ArchTest
    static final ArchRule of_the_provider_only_its_public_face_is_used =
            noClasses().should().dependOnClassesThat().resideInAPackage("..internal..");

    @ArchTest
    static final ArchRule all_else_is_the_two_standards = classes()
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "io.distcache..",
                    "javax.cache..",
                    "jakarta..",
                    "java..",
                    "org.slf4j..",
                    "org.jspecify..",
                    "io.vertx..",
                    "org.eclipse.microprofile..");
}
