package io.distcache.server;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.distcache.fixtures.Circles;
import io.distcache.protocol.Secret;
import io.distcache.server.dispatch.Gate;
import io.distcache.server.dispatch.NamedCache;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

@AnalyzeClasses(packagesOf = Main.class, importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule no_field_holds_a_secret_as_plain_text = noFields()
            .that()
            .haveNameMatching("(?i).*(secret|authtoken)")
            .should()
            .haveRawType(String.class);

    @ArchTest
    static final ArchRule a_secret_is_revealed_to_the_other_end_where_it_is_hashed_and_to_who_made_it_only = noClasses()
            .that()
            .haveSimpleNameNotEndingWith("Hash")
            .and()
            .doNotHaveSimpleName("NewPassword")
            .and()
            .doNotHaveSimpleName("SecureDirectory")
            .and()
            .doNotHaveSimpleName("PoolPlan")
            .should()
            .callMethod(Secret.class, "reveal");

    private static final String HERE = "io.distcache.server.";
    private static final String PROTOCOL = "io.distcache.protocol";
    private static final String RING = "io.distcache.protocol.ring";
    private static final String TLS = "io.distcache.protocol.tls";
    private static final String FRAME = "io.distcache.protocol.frame";
    private static final Map<String, Set<String>> WRITING = Map.of(
            "EntryMap", Set.of("put", "remove", "clear"),
            "ExpiryWheel", Set.of("deadlineMoved", "schedule", "clear"),
            "ReplyIndex", Set.of("came", "went", "allWent", "raise"));
    private static final String[] NOTHING_BUT_JDK = {"java..", "javax.management..", "org.slf4j..", "org.jspecify.."};

    @ArchTest
    static final ArchRule the_store_knows_what_is_said = only("store", PROTOCOL);

    @ArchTest
    static final ArchRule the_log_knows_bytes_only = only("log");

    @ArchTest
    static final ArchRule access_knows_names_and_effects_only =
            only("access", PROTOCOL, "javax.crypto..", "com.fasterxml.jackson..");

    @ArchTest
    static final ArchRule buffers_know_numbers_only = only("memory");

    @ArchTest
    static final ArchRule what_goes_out_knows_buffers_and_no_protocol =
            only("frontdoor.output", HERE + "memory", "io.netty..");

    @ArchTest
    static final ArchRule snapshots_know_records_and_where_the_log_is = only("snapshot", HERE + "store", HERE + "log");

    @ArchTest
    static final ArchRule shards_know_the_store_the_log_and_snapshots = only(
            "shard",
            HERE + "shard.operation",
            HERE + "clock",
            HERE + "memory",
            HERE + "mutation",
            HERE + "store",
            HERE + "log",
            HERE + "snapshot",
            PROTOCOL,
            RING);

    @ArchTest
    static final ArchRule mutations_know_records = only("mutation", HERE + "store", PROTOCOL);

    @ArchTest
    static final ArchRule one_writer_changes_what_a_shard_holds = noClasses()
            .that()
            .resideOutsideOfPackage(HERE + "store")
            .and()
            .doNotHaveSimpleName("ShardState")
            .should()
            .callMethodWhere(DescribedPredicate.describe(
                    "writes a table, timers or the reply index",
                    call -> WRITING.getOrDefault(call.getTargetOwner().getSimpleName(), Set.of())
                            .contains(call.getName())));

    @ArchTest
    static final ArchRule operations_know_records_and_no_shard =
            only("shard.operation", HERE + "clock", HERE + "mutation", HERE + "store", PROTOCOL);

    @ArchTest
    static final ArchRule the_clock_knows_nothing = only("clock");

    @ArchTest
    static final ArchRule the_port_of_consensus_knows_no_engine_and_no_socket = only("consensus");

    @ArchTest
    static final ArchRule consensus_is_kept_by_an_engine_that_nobody_else_knows = noClasses()
            .that()
            .resideOutsideOfPackage(HERE + "consensus.micro")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.microraft..");

    @ArchTest
    static final ArchRule the_engine_meets_no_socket_and_no_file =
            only("consensus.micro", HERE + "consensus", "io.microraft..", "io.netty.buffer..");

    /** The jar that applications embed leaves it out as long as this holds. */
    @ArchTest
    static final ArchRule only_members_of_replicated_pools_know_of_consensus = noClasses()
            .that()
            .resideOutsideOfPackages(HERE + "consensus..", HERE + "replication..", HERE + "cli..")
            .and()
            .haveNameNotMatching(HERE.replace(".", "\\.")
                    + "node\\.(Memberships|Member|MemberCopy|PoolParts|Founder|FoundersFiles|LatePeers|Leaderships|LogCare|PoolWatch|GroupLags)"
                    + "(\\$.*)?")
            .should()
            .dependOnClassesThat()
            .resideInAPackage(HERE + "consensus..");

    @ArchTest
    static final ArchRule the_files_of_groups_know_the_log_and_the_port_of_consensus =
            only("replication.files", HERE + "consensus", HERE + "log");

    @ArchTest
    static final ArchRule links_between_members_know_sockets_and_the_port_of_consensus = only(
            "replication.link",
            HERE + "consensus",
            HERE + "frontdoor.peer",
            HERE + "frontdoor.stream",
            HERE + "frontdoor.wire",
            HERE + "tls",
            PROTOCOL,
            FRAME,
            "javax.crypto..",
            "io.netty..",
            "io.vertx.core..");

    @ArchTest
    static final ArchRule the_dispatcher_knows_shards_and_reads_their_records = only(
            "dispatch",
            HERE + "access",
            HERE + "clock",
            HERE + "memory",
            HERE + "pool",
            HERE + "session",
            HERE + "shard",
            HERE + "shard.operation",
            HERE + "store",
            PROTOCOL,
            RING);

    @ArchTest
    static final ArchRule the_pool_knows_shards_and_the_ring = only("pool", HERE + "shard", PROTOCOL, RING);

    @ArchTest
    static final ArchRule shards_know_no_other_nodes = noClasses()
            .that()
            .resideInAPackage(HERE + "shard")
            .should()
            .dependOnClassesThat()
            .haveSimpleNameStartingWith("Membership");

    @ArchTest
    static final ArchRule a_session_knows_caches_and_the_pool_and_no_connection =
            only("session", HERE + "access", HERE + "memory", HERE + "pool", HERE + "shard", PROTOCOL);

    @ArchTest
    static final ArchRule the_wire_front_door_knows_the_dispatcher_and_a_session_but_no_store = only(
            "frontdoor.wire",
            HERE + "access",
            HERE + "frontdoor",
            HERE + "frontdoor.stream",
            HERE + "dispatch",
            HERE + "frontdoor.output",
            HERE + "memory",
            HERE + "session",
            HERE + "tls",
            PROTOCOL,
            FRAME,
            "io.netty..",
            "io.vertx.core..");

    @ArchTest
    static final ArchRule a_listener_knows_sockets_and_no_protocol =
            only("frontdoor", HERE + "frontdoor.peer", HERE + "tls", "io.netty..", "io.vertx.core..");

    @ArchTest
    static final ArchRule sockets_are_bound_in_one_place = noClasses()
            .that()
            .resideOutsideOfPackage(HERE + "frontdoor")
            .should()
            .callMethodWhere(DescribedPredicate.describe(
                    "makes a server's socket", call -> call.getName().equals("createNetServer")));

    @ArchTest
    static final ArchRule clients_that_vanish_are_the_sockets_matter = only("frontdoor.peer", "io.netty..");

    @ArchTest
    static final ArchRule values_as_bytes_know_tags_and_json =
            only("frontdoor.value", PROTOCOL, "com.fasterxml.jackson..");

    @ArchTest
    static final ArchRule streams_know_the_dispatcher_and_a_session_but_no_protocol = only(
            "frontdoor.stream",
            HERE + "access",
            HERE + "frontdoor",
            HERE + "frontdoor.output",
            HERE + "frontdoor.peer",
            HERE + "dispatch",
            HERE + "memory",
            HERE + "session",
            HERE + "tls",
            PROTOCOL,
            "io.netty..",
            "io.vertx.core..");

    @ArchTest
    static final ArchRule the_resp_front_door_knows_verbs_and_no_store = only(
            "frontdoor.resp",
            HERE + "access",
            HERE + "clock",
            HERE + "frontdoor.output",
            HERE + "frontdoor.stream",
            HERE + "frontdoor.value",
            HERE + "dispatch",
            HERE + "memory",
            HERE + "session",
            HERE + "shard",
            HERE + "shard.operation",
            HERE + "tls",
            PROTOCOL,
            "io.netty..");

    @ArchTest
    static final ArchRule the_memcached_front_door_knows_verbs_and_no_store = only(
            "frontdoor.memcached",
            HERE + "access",
            HERE + "clock",
            HERE + "frontdoor.output",
            HERE + "frontdoor.stream",
            HERE + "frontdoor.value",
            HERE + "dispatch",
            HERE + "memory",
            HERE + "session",
            HERE + "shard",
            HERE + "shard.operation",
            HERE + "tls",
            PROTOCOL,
            "io.netty..");

    @ArchTest
    static final ArchRule http_tells_health_and_touches_no_data = only(
            "frontdoor.http",
            HERE + "access",
            HERE + "tls",
            PROTOCOL,
            TLS,
            "io.prometheus.metrics..",
            "io.vertx.core..");

    @ArchTest
    static final ArchRule what_encrypts_connections_knows_files_and_sockets_and_no_door = only(
            "tls",
            PROTOCOL,
            TLS,
            "io.netty..",
            "io.vertx.core..",
            "javax.net.ssl..",
            "javax.naming..",
            "javax.security.auth.x500..");

    @ArchTest
    static final ArchRule the_configuration_is_made_of_each_parts_own_record = only(
            "config",
            PROTOCOL,
            HERE + "access",
            HERE + "frontdoor.wire",
            HERE + "frontdoor.http",
            HERE + "frontdoor.memcached",
            HERE + "frontdoor.resp",
            HERE + "shard",
            HERE + "log",
            HERE + "pool",
            HERE + "snapshot",
            HERE + "tls");

    @ArchTest
    static final ArchRule what_keeps_the_data_knows_shards_files_and_the_pools_own = only(
            "persistence",
            HERE + "clock",
            HERE + "config",
            HERE + "log",
            HERE + "mutation",
            HERE + "pool",
            HERE + "shard",
            HERE + "snapshot",
            HERE + "store",
            PROTOCOL);

    @ArchTest
    static final ArchRule one_recovery_drives_the_replay = noClasses()
            .that()
            .resideOutsideOfPackages(HERE + "persistence", HERE + "shard")
            .should()
            .dependOnClassesThat()
            .haveSimpleName("Replay");

    @ArchTest
    static final ArchRule tools_speak_to_a_nodes_port_but_know_no_node = only(
            "cli",
            HERE + "log",
            PROTOCOL,
            FRAME,
            TLS,
            "javax.net.ssl..",
            "picocli..",
            "com.fasterxml.jackson..",
            "me.tongfei.progressbar..",
            "io.netty.buffer..");

    @ArchTest
    static final ArchRule tools_for_data_know_files = only(
            "cli.data",
            HERE + "cli",
            HERE + "log",
            HERE + "snapshot",
            HERE + "mutation",
            HERE + "persistence",
            HERE + "consensus",
            HERE + "replication.files",
            HERE + "replication.recovery",
            HERE + "store",
            PROTOCOL,
            "picocli..",
            "com.fasterxml.jackson..");

    @ArchTest
    static final ArchRule tools_for_users_know_their_file_only =
            only("cli.user", HERE + "cli", HERE + "access", PROTOCOL, "picocli..");

    @ArchTest
    static final ArchRule tools_for_a_certificate_ask_its_node =
            only("cli.tls", HERE + "cli", PROTOCOL, "picocli..", "com.fasterxml.jackson..");

    @ArchTest
    static final ArchRule what_makes_certificates_and_users_knows_no_node =
            only("cli.secure", HERE + "cli", HERE + "access", PROTOCOL, "picocli..", "com.fasterxml.jackson..");

    @ArchTest
    static final ArchRule tools_for_a_pool_know_what_nodes_tell_and_what_a_member_has = only(
            "cli.pool",
            HERE + "cli",
            HERE + "consensus",
            HERE + "log",
            HERE + "replication",
            HERE + "replication.files",
            HERE + "replication.recovery",
            PROTOCOL,
            TLS,
            "picocli..",
            "com.fasterxml.jackson..");

    @ArchTest
    static final ArchRule of_shards_front_doors_know_the_watch = noClasses()
            .that()
            .resideInAPackage(HERE + "frontdoor..")
            .should()
            .dependOnClassesThat(DescribedPredicate.describe(
                    "are a shard's but no watch",
                    type -> type.getPackageName().equals(HERE + "shard")
                            && !Set.of("Watch").contains(type.getSimpleName())));

    /** A door that works on caches by their names has to ask the gate itself; what has handles is asked for it by the dispatcher. */
    @ArchTest
    static void every_door_that_works_on_caches_by_name_asks_the_gate(JavaClasses all) {
        Map<String, List<JavaClass>> doors = all.stream()
                .filter(type -> type.getPackageName().startsWith(HERE + "frontdoor."))
                .collect(Collectors.groupingBy(JavaClass::getPackageName));
        Set<String> working = new TreeSet<>();
        Set<String> asking = new TreeSet<>();
        doors.forEach((door, types) -> {
            for (JavaClass type : types) {
                for (JavaMethodCall call : type.getMethodCallsFromSelf()) {
                    if (call.getTargetOwner().isEquivalentTo(NamedCache.class)) {
                        working.add(door);
                    }
                    if (call.getTargetOwner().isEquivalentTo(Gate.class)
                            && call.getTarget().getName().equals("enter")) {
                        asking.add(door);
                    }
                }
            }
        });
        assertThat(asking).isEqualTo(working).hasSizeGreaterThan(1);
    }

    @ArchTest
    static final ArchRule nobody_but_the_command_line_reaches_up_to_the_node = noClasses()
            .that()
            .resideOutsideOfPackages("io.distcache.server", HERE + "node")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.distcache.server", HERE + "node");

    @ArchTest
    static final ArchRule the_node_knows_no_command_line = noClasses()
            .that()
            .resideInAPackage(HERE + "node")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.distcache.server");

    @ArchTest
    static final ArchRule a_node_knows_no_client = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.distcache.client..", "io.distcache.jcache..");

    @ArchTest
    static final ArchRule no_two_packages_import_each_other =
            slices().matching("io.distcache.server.(**)").should().beFreeOfCycles();

    @ArchTest
    static void circles_of_references_between_files_have_at_most_four(JavaClasses all) {
        assertThat(Circles.largerThan(4, all)).isEmpty();
    }

    @ArchTest
    static final ArchRule there_is_no_dumping_ground =
            noClasses().should().resideInAnyPackage("..util..", "..helper..", "..common..", "..misc..");

    private static ArchRule only(String part, String... others) {
        String[] allowed = Stream.of(new String[] {HERE + part}, others, NOTHING_BUT_JDK)
                .flatMap(Stream::of)
                .toArray(String[]::new);
        return classes()
                .that()
                .resideInAPackage(HERE + part)
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(allowed);
    }
}
