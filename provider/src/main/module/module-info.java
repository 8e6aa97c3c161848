/** DistCache in an application: JCache, the native API, and a node inside the process, with the libraries these are made of. */
module io.distcache.jcache {
    requires transitive cache.api;
    requires org.slf4j;
    requires static org.jspecify;
    requires java.logging;
    requires java.management;
    requires jdk.unsupported;
    requires static java.compiler;
    requires static java.naming;
    requires static java.sql;
    requires static jdk.jfr;

    exports io.distcache.client;
    exports io.distcache.client.spi;
    exports io.distcache.jcache;
    exports io.distcache.protocol;

    provides javax.cache.spi.CachingProvider with
            io.distcache.jcache.DistCachingProvider;
    provides io.distcache.protocol.EmbeddedNode.Factory with
            io.distcache.server.node.EmbeddedNodeFactory;

    uses io.distcache.protocol.EmbeddedNode.Factory;
    uses io.distcache.internal.com.fasterxml.jackson.core.ObjectCodec;
    uses io.distcache.internal.io.netty.bootstrap.ChannelInitializerExtension;
    uses io.distcache.internal.io.vertx.core.spi.JsonFactory;
    uses io.distcache.internal.io.vertx.core.spi.VerticleFactory;
    uses io.distcache.internal.io.vertx.core.spi.VertxServiceProvider;
}
