package io.distcache.testing;

import io.distcache.client.ClientConfig;
import io.distcache.client.DistCacheClient;
import io.distcache.client.Keyspace;
import io.distcache.client.NodeAddress;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Timeout;

/** Every verb of the native API against a real node, with and without waiting: {@link NativeApiCases} twice. */
@Timeout(120)
class NativeApiIT {
    private static NodeProcess node;
    private static DistCacheClient client;

    @BeforeAll
    static void start() {
        node = NodeSetup.of("server.max-frame-bytes=5mb", "resp.port=0")
                .withJvmFlags("-Xmx512m")
                .start();
        client = DistCacheClient.connect(ClientConfig.of(NodeAddress.parse(node.address())).toBuilder()
                .callTimeout(Duration.ofSeconds(20))
                .allow(NativeApiIT.class.getPackageName() + ".**")
                .build());
    }

    @AfterAll
    static void stop() {
        client.close();
        node.close();
    }

    @Nested
    class Waiting extends NativeApiCases {
        @Override
        Keyspace keyspace(String cache) {
            return client.keyspace("waiting", cache);
        }
    }

    @Nested
    class Staged extends NativeApiCases {
        @Override
        Keyspace keyspace(String cache) {
            return new JoinedKeyspace(client.asyncKeyspace("staged", cache));
        }
    }
}
