package io.distcache.jcache.internal.management;

import java.lang.management.ManagementFactory;
import javax.cache.CacheException;
import javax.management.InstanceAlreadyExistsException;
import javax.management.InstanceNotFoundException;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/**
 * One MXBean in the platform's MBean server, under the standard's name: {@code
 * javax.cache:type=...,CacheManager=<URI>,Cache=<name>}, with {@code : = , \n} replaced by a dot (JSR-107 1.1.1, "Management").
 * Thread-safe.
 */
public final class MBeanRegistration {
    private final Object bean;
    private final ObjectName name;

    /** {@code type} is CacheConfiguration or CacheStatistics. */
    public MBeanRegistration(Object bean, String type, String manager, String cache) {
        this.bean = bean;
        String text = "javax.cache:type=" + type + ",CacheManager=" + safe(manager) + ",Cache=" + safe(cache);
        try {
            this.name = new ObjectName(text);
        } catch (JMException e) {
            throw new CacheException("cannot name the MBean " + text, e);
        }
    }

    private static String safe(String text) {
        return text.replaceAll("[:=,\n]", ".");
    }

    /** Registers or unregisters; doing what is done already changes nothing. */
    public synchronized void set(boolean registered) {
        MBeanServer server = ManagementFactory.getPlatformMBeanServer();
        try {
            if (registered) {
                server.registerMBean(bean, name);
            } else {
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
