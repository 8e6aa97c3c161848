package io.distcache.jcache.internal.management;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.client.DistCacheClient;
import io.distcache.jcache.DistCachingProvider;
import io.distcache.jcache.NodeMXBean;
import io.distcache.protocol.HealthReport;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Method;
import java.net.URI;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import javax.cache.CacheManager;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;

class PoolBeansTest {
    private static final MBeanServer SERVER = ManagementFactory.getPlatformMBeanServer();

    @Test
    void a_node_s_bean_has_every_part_of_its_report() {
        Set<String> attributes = Arrays.stream(NodeMXBean.class.getMethods())
                .map(Method::getName)
                .map(getter -> getter.substring("get".length()).toLowerCase(Locale.ROOT))
                .collect(Collectors.toSet());
        for (String part :
                HealthReport.in(HealthReport.State.SERVING).build().parts().keySet()) {
            // The name is there once, as the pool knows it.
            String name = part.equals("node") ? "name" : part;
            assertThat(attributes).contains(name.toLowerCase(Locale.ROOT));
        }
    }

    @Test
    void a_connected_manager_s_pool_and_nodes_are_registered_until_it_is_closed() throws Exception {
        URI uri = URI.create("distcache:embedded/beans");
        ObjectName all = new ObjectName("io.distcache:pool=distcache.embedded/beans,*");
        CacheManager manager = new DistCachingProvider().getCacheManager(uri, PoolBeansTest.class.getClassLoader());
        assertThat(SERVER.queryNames(all, null)).isEmpty();

        DistCacheClient client = manager.unwrap(DistCacheClient.class);

        ObjectName pool = new ObjectName("io.distcache:type=Pool,pool=distcache.embedded/beans");
        ObjectName node = new ObjectName("io.distcache:type=Node,pool=distcache.embedded/beans,node=embedded");
        assertThat(SERVER.queryNames(all, null)).containsExactlyInAnyOrder(pool, node);
        assertThat((String[]) SERVER.getAttribute(pool, "Healthy")).containsExactly("embedded");
        assertThat((String[]) SERVER.getAttribute(pool, "Down")).isEmpty();
        assertThat(SERVER.getAttribute(pool, "ServedElsewhere"))
                .isEqualTo(client.pool().servedElsewhere());
        assertThat(SERVER.getAttribute(pool, "StaleReads")).isEqualTo(0L);
        assertThat(SERVER.getAttribute(node, "MonitorState")).isEqualTo("HEALTHY");
        assertThat(SERVER.getAttribute(node, "Weight")).isEqualTo(1);
        manager.close();
        assertThat(SERVER.queryNames(all, null)).isEmpty();
    }
}
