package io.distcache.jcache.internal.management;

import java.lang.management.ManagementFactory;
import javax.cache.CacheException;
import javax.management.InstanceAlreadyExistsException;
import javax.management.InstanceNotFoundException;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/**
 * One MXBean in the platform's MBean server. Those of a cache have the standard's name: {@code
 * javax.cache:type=...,CacheManager=<URI>,Cache=<name>}, with {@code : = , \n} replaced by a dot (JSR-107 1.1.1, "Management"), and
 * {@code * ? "} too, which would make a pattern or a quotation of the name. Of the URI there is what may be shown of it.
 * Thread-safe.
 */
public final class MBeanRegistration {
    private final Object bean;
    private final ObjectName name;
    private boolean registeredHere;
    private boolean closed;

    private MBeanRegistration(Object bean, String text) {
        this.bean = bean;
        try {
            this.name = new ObjectName(text);
        } catch (JMException e) {
            throw new CacheException("cannot name the MBean " + text, e);
        }
    }

    /** {@code type} is CacheConfiguration or CacheStatistics. */
    public static MBeanRegistration ofCache(Object bean, String type, String manager, String cache) {
        return new MBeanRegistration(
                bean, "javax.cache:type=" + type + ",CacheManager=" + safe(manager) + ",Cache=" + safe(cache));
    }

    /** Of a manager's pool. */
    static MBeanRegistration ofPool(Object bean, String uri) {
        return new MBeanRegistration(bean, "io.distcache:type=Pool,pool=" + plain(uri));
    }

    /** Of a node of a manager's pool. */
    static MBeanRegistration ofNode(Object bean, String uri, String node) {
        return new MBeanRegistration(bean, "io.distcache:type=Node,pool=" + plain(uri) + ",node=" + plain(node));
    }

    private static String safe(String text) {
        return text.replaceAll("[:=,\n*?\"]", ".");
    }

    /** Also without what would make a name a pattern or a quotation. */
    private static String plain(String text) {
        return text.replaceAll("[:=,*?\"\\s]", ".");
    }

    /** Unregisters for good: whoever comes later to register it changes nothing. */
    public synchronized void close() {
        closed = true;
        set(false);
    }

    /** Registers or unregisters; doing what is done already changes nothing. */
    public synchronized void set(boolean registered) {
        if (closed && registered) {
            return;
        }
        MBeanServer server = ManagementFactory.getPlatformMBeanServer();
        try {
            if (registered) {
                server.registerMBean(bean, name);
                registeredHere = true;
            } else if (registeredHere) {
                registeredHere = false;
                server.unregisterMBean(name);
            }
        } catch (InstanceAlreadyExistsException | InstanceNotFoundException e) {
            // As it should be already. Two managers of one URI and different class loaders share the standard's name:
            // the first to register keeps it.
        } catch (JMException e) {
            throw new CacheException("cannot " + (registered ? "register " : "unregister ") + name, e);
        }
    }
}
