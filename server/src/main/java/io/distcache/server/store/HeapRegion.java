package io.distcache.server.store;

import java.lang.management.ManagementFactory;
import java.lang.management.PlatformManagedObject;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/**
 * What the collector makes of large arrays: G1 gives each of half a region or more whole regions of its own ("humongous" objects),
 * up to twice its size. Counting them so keeps a store of such records within its heap. Immutable.
 */
public final class HeapRegion {
    /** The size of a region in bytes; 0 where the collector packs large arrays like small ones. */
    static final long BYTES = g1RegionBytes();

    private HeapRegion() {}

    /** What an array of {@code bytes} really takes. */
    public static long taken(long bytes) {
        return taken(bytes, BYTES);
    }

    static long taken(long bytes, long regionBytes) {
        if (regionBytes == 0 || bytes < regionBytes / 2) {
            return bytes;
        }
        return (bytes + regionBytes - 1) / regionBytes * regionBytes;
    }

    private static long g1RegionBytes() {
        boolean g1 = ManagementFactory.getGarbageCollectorMXBeans().stream()
                .map(PlatformManagedObject::getObjectName)
                .anyMatch(name -> name.getKeyProperty("name").startsWith("G1"));
        if (!g1) {
            return 0;
        }
        try {
            MBeanServer server = ManagementFactory.getPlatformMBeanServer();
            Object option = server.invoke(
                    new ObjectName("com.sun.management:type=HotSpotDiagnostic"),
                    "getVMOption",
                    new Object[] {"G1HeapRegionSize"},
                    new String[] {String.class.getName()});
            return Long.parseLong(String.valueOf(((javax.management.openmbean.CompositeData) option).get("value")));
        } catch (JMException | NumberFormatException e) {
            // Not HotSpot: its smallest region is the careful guess.
            return 1 << 20;
        }
    }
}
