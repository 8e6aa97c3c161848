package com.acme.routes;

import io.distcache.compatibility.Checks;
import java.util.concurrent.atomic.AtomicInteger;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.configuration.MutableConfiguration;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.component.jcache.JCacheConstants;
import org.apache.camel.component.jcache.policy.JCachePolicy;
import org.apache.camel.component.jcache.processor.idempotent.JCacheIdempotentRepository;
import org.apache.camel.impl.DefaultCamelContext;

/** Routes with a cache as endpoint, as policy and as memory of what has been seen. */
public final class Routes {
    private Routes() {}

    /** Takes which run this is. */
    public static void main(String[] arguments) throws Exception {
        Checks checks = Checks.of(arguments);
        AtomicInteger computed = new AtomicInteger();
        AtomicInteger handled = new AtomicInteger();
        try (CacheManager manager = Caching.getCachingProvider().getCacheManager();
                CamelContext camel = new DefaultCamelContext()) {
            JCachePolicy policy = new JCachePolicy();
            policy.setCache(manager.createCache("answers", new MutableConfiguration<Object, Object>()));
            JCacheIdempotentRepository seen = new JCacheIdempotentRepository();
            seen.setCacheName("seen");
            camel.addRoutes(new RouteBuilder() {
                @Override
                public void configure() {
                    from("direct:ask").policy(policy).process(exchange -> exchange.getMessage()
                            .setBody("answer " + computed.incrementAndGet()));
                    from("direct:message")
                            .idempotentConsumer(header("id"), seen)
                            .process(exchange -> handled.incrementAndGet());
                    from("direct:cache").to("jcache:notes?createCacheIfNotExists=true");
                }
            });
            camel.start();
            use(camel.createProducerTemplate(), checks);
        }
        checks.equal("the policy asks once", checks.again() ? 0 : 1, computed.get());
        checks.equal("a message is handled once", checks.again() ? 0 : 1, handled.get());
        System.exit(checks.end());
    }

    private static void use(ProducerTemplate producer, Checks checks) {
        for (int i = 0; i < 3; i++) {
            checks.equal("the policy answers from the cache", "answer 1", producer.requestBody("direct:ask", "question"));
            producer.sendBodyAndHeader("direct:message", "text", "id", "m-1");
        }
        if (!checks.again()) {
            cache(producer, "PUT", "kept");
        }
        checks.equal("the endpoint has what was put", "kept", cache(producer, "GET", null));
    }

    private static Object cache(ProducerTemplate producer, String action, Object body) {
        Exchange exchange = producer.request("direct:cache", asked -> {
            asked.getMessage().setHeader(JCacheConstants.ACTION, action);
            asked.getMessage().setHeader(JCacheConstants.KEY, "note");
            asked.getMessage().setBody(body);
        });
        if (exchange.getException() != null) {
            throw new IllegalStateException(action + " failed", exchange.getException());
        }
        return exchange.getMessage().getBody();
    }
}
