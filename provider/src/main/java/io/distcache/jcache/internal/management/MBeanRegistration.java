package io.distcache.jcache.internal.management;

import java.lang.management.ManagementFactory;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import javax.cache.CacheException;
import javax.management.InstanceAlreadyExistsException;
import javax.management.InstanceNotFoundException;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.jspecify.annotations.Nullable;

/**
 * One MXBean in the platform's MBean server. Those of a cache have the standard's name: {@code
 * javax.cache:type=...,CacheManager=<URI>,Cache=<name>}, with {@code : = , \n} replaced by a dot (JSR-107 1.1.1, "Management"), and
 * {@code * ? "} too, which would make a pattern or a quotation of the name. Of the URI there is what may be shown of it.
 *
 * <p>Several can want one name: cache {@code a:b} beside {@code a.b}, or one cache of two class loaders. Each gets a bean. The plain name
 * is that of whoever is called so; one that had to be replaced gives way to it, and is quoted then: {@code Cache="a:b"}. Of those that are
 * called the same, all but the first have {@code instance=2} and so on. Thread-safe.
 */
public final class MBeanRegistration {
    private static final Pattern UNSAFE_IN_CACHE = Pattern.compile("[:=,\n*?\"]");
    private static final Pattern UNSAFE_IN_POOL = Pattern.compile("[:=,*?\"\\s]");
    private static final int MOST_INSTANCES = 100_000;

    /** Who of this class has which name. */
    private static final Map<ObjectName, MBeanRegistration> HOLDERS = new ConcurrentHashMap<>();

    private final Object bean;
    private final String plain;
    private final String quoted;
    private @Nullable ObjectName name;
    private boolean closed;

    /** {@code own} is what tells it from others of its kind; {@code owner} comes in front, without what is unsafe. */
    private MBeanRegistration(Object bean, String owner, String key, String own, Pattern unsafe) {
        this.bean = bean;
        String safe = unsafe.matcher(own).replaceAll(".");
        this.plain = owner + "," + key + "=" + safe;
        this.quoted = safe.equals(own) ? plain : owner + "," + key + "=" + ObjectName.quote(own);
    }

    /** {@code type} is CacheConfiguration or CacheStatistics. */
    public static MBeanRegistration ofCache(Object bean, String type, String manager, String cache) {
        String owner = "javax.cache:type=" + type + ",CacheManager="
                + UNSAFE_IN_CACHE.matcher(manager).replaceAll(".");
        return new MBeanRegistration(bean, owner, "Cache", cache, UNSAFE_IN_CACHE);
    }

    /** Of a manager's pool. */
    static MBeanRegistration ofPool(Object bean, String uri) {
        String safe = UNSAFE_IN_POOL.matcher(uri).replaceAll(".");
        return new MBeanRegistration(bean, "io.distcache:type=Pool", "pool", safe, UNSAFE_IN_POOL);
    }

    /** Of a node of a manager's pool. */
    static MBeanRegistration ofNode(Object bean, String uri, String node) {
        String owner =
                "io.distcache:type=Node,pool=" + UNSAFE_IN_POOL.matcher(uri).replaceAll(".");
        return new MBeanRegistration(bean, owner, "node", node, UNSAFE_IN_POOL);
    }

    /** Unregisters for good: whoever comes later to register it changes nothing. */
    public synchronized void close() {
        closed = true;
        set(false);
    }

    /** Registers or unregisters; doing what is done already changes nothing. */
    public synchronized void set(boolean registered) {
        if (registered == (name != null) || (registered && closed)) {
            return;
        }
        try {
            if (registered) {
                if (isCalledSo()) {
                    claim(new ObjectName(plain));
                }
                register(plain);
            } else {
                unregister();
            }
        } catch (JMException e) {
            throw new CacheException("cannot " + (registered ? "register " : "unregister ") + "the MBean " + plain, e);
        }
    }

    /** Whether the plain name is exactly what it is called. */
    private boolean isCalledSo() {
        return plain.equals(quoted);
    }

    /** Locks go from one that is called so to one that is not, and never the other way. */
    private static void claim(ObjectName wanted) throws JMException {
        MBeanRegistration holder = HOLDERS.get(wanted);
        if (holder != null && !holder.isCalledSo()) {
            holder.giveWay(wanted);
        }
    }

    private synchronized void giveWay(ObjectName wanted) throws JMException {
        if (wanted.equals(name)) {
            unregister();
            register(quoted);
        }
    }

    private void register(String from) throws JMException {
        MBeanServer server = ManagementFactory.getPlatformMBeanServer();
        String text = from;
        for (int instance = 2; instance <= MOST_INSTANCES; ) {
            ObjectName candidate = new ObjectName(text);
            try {
                server.registerMBean(bean, candidate);
                HOLDERS.put(candidate, this);
                name = candidate;
                return;
            } catch (InstanceAlreadyExistsException e) {
                text = text.equals(plain) && !isCalledSo() ? quoted : quoted + ",instance=" + instance++;
            }
        }
        throw new InstanceAlreadyExistsException(
                "there are " + MOST_INSTANCES + " of it already; close managers that are no longer used");
    }

    private void unregister() throws JMException {
        ObjectName registered = name;
        name = null;
        if (registered == null) {
            return;
        }
        HOLDERS.remove(registered, this);
        try {
            ManagementFactory.getPlatformMBeanServer().unregisterMBean(registered);
        } catch (InstanceNotFoundException e) {
            // As it should be already.
        }
    }
}
