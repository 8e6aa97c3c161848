package io.distcache.compatibility;

import com.sun.tools.attach.VirtualMachine;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/**
 * Looks into the process of an application server from outside, for what an application with DistCache in it leaves there when it is
 * undeployed. Confined to one thread.
 *
 * <p>Its first run is while the application is deployed, and says whether all is seen that the second, afterwards, is to miss.
 */
public final class Leftovers {
    /** A machine that is busy, and a server that looks for changes now and then, may need this long. */
    private static final long LIMIT_NANOS = TimeUnit.MINUTES.toNanos(2);

    private final MBeanServerConnection server;
    private final String type;

    private Leftovers(MBeanServerConnection server, String type) {
        this.server = server;
        this.type = type;
    }

    /** Takes the id of the process, the name of a class of the application, and {@code first} or {@code second}. */
    public static void main(String[] arguments) throws Exception {
        Checks checks = Checks.of(arguments);
        VirtualMachine machine = VirtualMachine.attach(arguments[0]);
        try (JMXConnector connector =
                JMXConnectorFactory.connect(new JMXServiceURL(machine.startLocalManagementAgent()))) {
            Leftovers leftovers = new Leftovers(connector.getMBeanServerConnection(), arguments[1]);
            if (checks.again()) {
                leftovers.awaitNothing();
                checks.equal("no thread is left", Set.of(), leftovers.threads());
                checks.equal("no MBean is left", Set.of(), leftovers.beans());
                // No check, as servers and the JDK keep classes themselves.
                System.out.println("note: the application's classes are " + (leftovers.isLoaded() ? "still loaded" : "unloaded"));
            } else {
                checks.holds("threads, MBeans and classes can be seen from outside", leftovers.seesAll());
            }
        } finally {
            machine.detach();
        }
        System.exit(checks.end());
    }

    private boolean seesAll() throws Exception {
        System.out.println("threads " + threads() + ", beans " + beans());
        return !threads().isEmpty() && !beans().isEmpty() && isLoaded();
    }

    private void awaitNothing() throws Exception {
        MemoryMXBean memory = ManagementFactory.newPlatformMXBeanProxy(
                server, ManagementFactory.MEMORY_MXBEAN_NAME, MemoryMXBean.class);
        long start = System.nanoTime();
        while (System.nanoTime() - start < LIMIT_NANOS) {
            memory.gc();
            if (threads().isEmpty() && beans().isEmpty() && !isLoaded()) {
                return;
            }
            Thread.sleep(500);
        }
    }

    private Set<String> threads() throws Exception {
        ThreadMXBean threads = ManagementFactory.newPlatformMXBeanProxy(
                server, ManagementFactory.THREAD_MXBEAN_NAME, ThreadMXBean.class);
        return Arrays.stream(threads.getThreadInfo(threads.getAllThreadIds()))
                .filter(thread -> thread != null)
                .map(ThreadInfo::getThreadName)
                .filter(name -> List.of("distcache", "vert.x", "netty").stream().anyMatch(name::startsWith))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private Set<String> beans() throws Exception {
        return server.queryNames(new ObjectName("javax.cache:*"), null).stream()
                .map(ObjectName::getCanonicalName)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Whether a class of the application is loaded, by whichever loader. */
    private boolean isLoaded() throws Exception {
        Object classes = server.invoke(
                new ObjectName("com.sun.management:type=DiagnosticCommand"),
                "vmClassHierarchy",
                new Object[] {new String[] {type}},
                new String[] {String[].class.getName()});
        return classes.toString().contains(type);
    }
}
