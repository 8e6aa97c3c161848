package io.distcache.benchmarks.infinispan;

import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.infinispan.configuration.global.GlobalConfigurationBuilder;
import org.infinispan.globalstate.ConfigurationStorage;
import org.infinispan.manager.DefaultCacheManager;
import org.infinispan.server.core.admin.embeddedserver.EmbeddedServerAdminOperationHandler;
import org.infinispan.server.hotrod.HotRodServer;
import org.infinispan.server.hotrod.configuration.HotRodServerConfigurationBuilder;

/** Infinispan's server process: a local cache manager behind HotRod. Prints {@code ready HOST:PORT} and runs until killed. */
public final class HotRodNode {

    private HotRodNode() {}

    public static void main(String[] args) throws InterruptedException {
        int port = Integer.parseInt(args[0]);
        GlobalConfigurationBuilder global = new GlobalConfigurationBuilder().nonClusteredDefault();
        global.jmx().disable();
        // A cache that a client creates is refused without a place to note its configuration; entries stay in memory.
        global.globalState()
                .enable()
                .configurationStorage(ConfigurationStorage.OVERLAY)
                .persistentLocation(Path.of("state").toAbsolutePath().toString());
        DefaultCacheManager manager = new DefaultCacheManager(global.build());
        HotRodServer server = new HotRodServer();
        server.start(
                new HotRodServerConfigurationBuilder()
                        .host("127.0.0.1")
                        .port(port)
                        .adminOperationsHandler(new EmbeddedServerAdminOperationHandler())
                        .build(),
                manager);
        System.out.println("ready 127.0.0.1:" + port);
        new CountDownLatch(1).await();
    }
}
