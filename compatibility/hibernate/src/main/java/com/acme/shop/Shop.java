package com.acme.shop;

import io.distcache.compatibility.Checks;
import java.util.List;
import java.util.function.Function;
import org.hibernate.Session;
import org.hibernate.SessionFactory;
import org.hibernate.cfg.Configuration;
import org.hibernate.stat.Statistics;

/** A program with a database of its own, whose entities and queries are cached. */
public final class Shop {
    private Shop() {}

    /** Takes the path of the database, and which run this is. */
    public static void main(String[] arguments) {
        Checks checks = Checks.of(arguments);
        Configuration configuration = new Configuration()
                .addAnnotatedClass(Product.class)
                .addAnnotatedClass(OrderLine.class)
                .setProperty("hibernate.connection.url", "jdbc:h2:file:" + arguments[0])
                .setProperty("hibernate.hbm2ddl.auto", checks.again() ? "none" : "create")
                .setProperty("hibernate.generate_statistics", "true")
                .setProperty("hibernate.cache.use_second_level_cache", "true")
                .setProperty("hibernate.cache.use_query_cache", "true")
                .setProperty("hibernate.cache.region.factory_class", "jcache")
                .setProperty("hibernate.javax.cache.provider", "io.distcache.jcache.DistCachingProvider")
                .setProperty("hibernate.javax.cache.uri", "distcache.properties")
                .setProperty("hibernate.javax.cache.missing_cache_strategy", "create");
        try (SessionFactory factory = configuration.buildSessionFactory()) {
            use(factory, checks);
        }
        int code = checks.end();
        if (code != 0) {
            System.exit(code);
        }
    }

    private static void use(SessionFactory factory, Checks checks) {
        if (!checks.again()) {
            in(factory, session -> {
                session.persist(new Product(1L, "p-1", "pen"));
                session.persist(new OrderLine(new OrderLineId("o-1", 1), 12));
                return null;
            });
            read(factory);
            read(factory);
        }
        Statistics statistics = factory.getStatistics();
        statistics.clear();
        checks.equal("entities by id, by natural id and by composite id, and a query", "pen pen 12 [pen]", read(factory));
        checks.equal(
                checks.again() ? "after a restart they come from the node: no statement was prepared" : "they come from the cache: no statement was prepared",
                0L,
                statistics.getPrepareStatementCount());
        checks.equal("the query was a hit", 1L, statistics.getQueryCacheHitCount());
        checks.equal("the natural id was a hit", 1L, statistics.getNaturalIdCacheHitCount());
        checks.holds("entities were hits: " + statistics.getSecondLevelCacheHitCount(), statistics.getSecondLevelCacheHitCount() >= 2);
        if (checks.again()) {
            in(factory, session -> {
                session.find(OrderLine.class, new OrderLineId("o-1", 1)).amount = 13;
                session.find(Product.class, 1L).name = "pencil";
                return null;
            });
            checks.equal("after changes nothing stale is read", "pencil pencil 13 [pencil]", read(factory));
            factory.getCache().evict(Product.class, 1L);
            checks.holds("evict removes the entity", !factory.getCache().contains(Product.class, 1L));
        }
    }

    private static String read(SessionFactory factory) {
        String byId = in(factory, session -> session.find(Product.class, 1L).name);
        String byNaturalId =
                in(factory, session -> session.bySimpleNaturalId(Product.class).load("p-1").name);
        int amount = in(factory, session -> session.find(OrderLine.class, new OrderLineId("o-1", 1)).amount);
        List<String> names = in(factory, session -> session.createQuery("select p.name from Product p", String.class)
                .setCacheable(true)
                .list());
        return byId + " " + byNaturalId + " " + amount + " " + names;
    }

    private static <T> T in(SessionFactory factory, Function<Session, T> work) {
        return factory.fromTransaction(work);
    }
}
