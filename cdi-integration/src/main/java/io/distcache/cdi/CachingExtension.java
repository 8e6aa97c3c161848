package io.distcache.cdi;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.context.ConversationScoped;
import jakarta.enterprise.context.Dependent;
import jakarta.enterprise.context.NormalScope;
import jakarta.enterprise.context.RequestScoped;
import jakarta.enterprise.context.SessionScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Stereotype;
import jakarta.enterprise.inject.spi.AfterBeanDiscovery;
import jakarta.enterprise.inject.spi.AfterDeploymentValidation;
import jakarta.enterprise.inject.spi.AnnotatedType;
import jakarta.enterprise.inject.spi.BeanManager;
import jakarta.enterprise.inject.spi.BeforeBeanDiscovery;
import jakarta.enterprise.inject.spi.BeforeShutdown;
import jakarta.enterprise.inject.spi.Extension;
import jakarta.enterprise.inject.spi.ProcessAnnotatedType;
import jakarta.enterprise.inject.spi.ProcessBean;
import jakarta.enterprise.inject.spi.ProcessInjectionPoint;
import jakarta.enterprise.inject.spi.ProcessManagedBean;
import jakarta.enterprise.inject.spi.WithAnnotations;
import jakarta.enterprise.inject.spi.configurator.AnnotatedTypeConfigurator;
import jakarta.enterprise.util.Nonbinding;
import jakarta.inject.Scope;
import jakarta.inject.Singleton;
import java.lang.reflect.Method;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.cache.CacheManager;
import javax.cache.annotation.CacheDefaults;
import javax.cache.annotation.CacheKeyGenerator;
import javax.cache.annotation.CachePut;
import javax.cache.annotation.CacheRemove;
import javax.cache.annotation.CacheRemoveAll;
import javax.cache.annotation.CacheResolverFactory;
import javax.cache.annotation.CacheResult;
import org.jspecify.annotations.Nullable;

/**
 * Makes the annotations of {@code javax.cache.annotation} work on the beans of a Jakarta CDI container; found by it through
 * {@code META-INF/services}. All that can be known of an annotated method is found out, and checked, while the application is
 * deployed. Used by one thread until then, thread-safe afterwards.
 */
public final class CachingExtension implements Extension {
    private final MethodReader reader = new MethodReader();
    private final List<CacheMethod> methods = new ArrayList<>();
    private final LoaderManagers managers = new LoaderManagers();
    private final InjectableCaches injectables = new InjectableCaches(managers);
    private @Nullable NodeWatch watch;
    private @Nullable CachingServices services;
    private @Nullable Operations operations;

    void declareBindings(@Observes BeforeBeanDiscovery event) {
        for (Caching.Kind kind : Caching.Kind.values()) {
            // Their own @Nonbinding is of javax.enterprise, which means nothing here.
            event.configureInterceptorBinding(kind.type()).methods().forEach(m -> m.add(Nonbinding.Literal.INSTANCE));
        }
        add(event, CacheResultInterceptor.class);
        add(event, CachePutInterceptor.class);
        add(event, CacheRemoveInterceptor.class);
        add(event, CacheRemoveAllInterceptor.class);
    }

    private static void add(BeforeBeanDiscovery event, Class<?> type) {
        AnnotatedTypeConfigurator<?> unused = event.addAnnotatedType(type, type.getName());
    }

    /**
     * Containers look for annotations on the class alone; this writes there what it inherits. A class may inherit from interfaces, of
     * which containers know nothing when they choose whom to ask; so it is asked about all that is meant to be a bean.
     */
    <T> void inheritAnnotations(
            @Observes
                    @WithAnnotations({
                        CacheResult.class,
                        CachePut.class,
                        CacheRemove.class,
                        CacheRemoveAll.class,
                        CacheDefaults.class,
                        ApplicationScoped.class,
                        RequestScoped.class,
                        SessionScoped.class,
                        ConversationScoped.class,
                        Dependent.class,
                        Singleton.class,
                        NormalScope.class,
                        Scope.class,
                        Stereotype.class
                    })
                    ProcessAnnotatedType<T> event) {
        AnnotatedType<T> type = event.getAnnotatedType();
        if (reader.mayBeCaching(type)) {
            reader.inherit(type, event::configureAnnotatedType);
        }
    }

    void readMethods(@Observes ProcessManagedBean<?> event) {
        try {
            reader.refuseUnseen(event.getAnnotatedBeanClass());
            methods.addAll(reader.read(event.getAnnotatedBeanClass()));
        } catch (CacheAnnotationException e) {
            event.addDefinitionError(e);
        }
    }

    void noteBean(@Observes ProcessBean<?> event) {
        injectables.noteBean(event.getBean());
    }

    void noteInjectionPoint(@Observes ProcessInjectionPoint<?, ?> event) {
        injectables.noteInjectionPoint(event.getInjectionPoint());
    }

    void addBeans(@Observes AfterBeanDiscovery event, BeanManager beans) {
        NodeWatch watching = new NodeWatch(beans.getEvent().select(NodeStateChanged.class));
        watch = watching;
        injectables.add(
                event,
                beans,
                watching,
                () -> known(services).outages(),
                name -> typesByCache().getOrDefault(name, Set.of()));
    }

    void prepare(@Observes AfterDeploymentValidation event, BeanManager beans) {
        Collaborators collaborators = new Collaborators(beans);
        checkCollaborators(event, collaborators);
        try {
            injectables.check(!methods.isEmpty());
            NamedCaches caches = new NamedCaches(user -> manager(beans, user), typesByCache(), Settings.leaseMillis());
            Outages outages =
                    new Outages(Settings.proceedOnFailure(), beans.getEvent().select(CacheOutage.class));
            CachingServices all = new CachingServices(
                    caches, collaborators, outages, Settings.leaseMillis(), new OncePerProcess(Settings.leaseMillis()));
            Map<Class<?>, Map<Method, Operation>> byBean = new HashMap<>();
            for (CacheMethod method : methods) {
                byBean.computeIfAbsent(method.beanClass(), bean -> new HashMap<>())
                        .put(method.method(), Operation.of(method, all));
            }
            services = all;
            operations = new Operations(byBean);
        } catch (CacheAnnotationException e) {
            event.addDeploymentProblem(e);
        }
    }

    /** The application's manager, its own or ours; of ours the one for beans of that class. */
    private CacheManager manager(BeanManager beans, Class<?> user) {
        CacheManager manager = injectables.manager(beans);
        known(watch).begin(manager);
        return injectables.isOurs(manager) ? managers.of(manager, user) : manager;
    }

    private void checkCollaborators(AfterDeploymentValidation event, Collaborators collaborators) {
        for (CacheMethod method : methods) {
            checkCollaborator(event, collaborators, method, method.caching().generator(), CacheKeyGenerator.class);
            checkCollaborator(
                    event, collaborators, method, method.caching().resolverFactory(), CacheResolverFactory.class);
        }
    }

    private static void checkCollaborator(
            AfterDeploymentValidation event,
            Collaborators collaborators,
            CacheMethod method,
            Class<?> named,
            Class<?> unnamed) {
        String problem = named == unnamed ? null : collaborators.problem(named);
        if (problem != null) {
            event.addDeploymentProblem(new CacheAnnotationException(method.describe() + ": " + problem));
        }
    }

    private Map<String, Set<Type>> typesByCache() {
        Map<String, Set<Type>> types = new HashMap<>();
        for (CacheMethod method : methods) {
            types.computeIfAbsent(method.cacheName(), name -> new HashSet<>()).addAll(HeldTypes.of(method));
            if (!method.caching().exceptionCacheName().isEmpty()) {
                types.computeIfAbsent(method.caching().exceptionCacheName(), name -> new HashSet<>())
                        .addAll(HeldTypes.exceptionsOf(method));
            }
        }
        return types;
    }

    void release(@Observes BeforeShutdown event) {
        if (services != null) {
            services.collaborators().release();
        }
        if (watch != null) {
            watch.close();
        }
        managers.close();
        injectables.close();
    }

    /** What interceptors ask once they run. */
    Operations operations() {
        return known(operations);
    }

    private static <T> T known(@Nullable T value) {
        if (value == null) {
            throw new IllegalStateException(
                    "an annotated method was called before the application was deployed; call it"
                            + " later, for example when the application scope is initialized");
        }
        return value;
    }
}
