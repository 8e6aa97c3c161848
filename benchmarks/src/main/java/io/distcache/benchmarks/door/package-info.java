/** Load for the doors of other protocols, where no packaged tool gives it. One class, run by benchmarks/doors.sh. */
@NullMarked
package io.distcache.benchmarks.door;

import org.jspecify.annotations.NullMarked;
