/** From properties, files and flags to the records that the parts of a node take: {@link io.distcache.server.config.ConfigReader}. */
@NullMarked
package io.distcache.server.config;

import org.jspecify.annotations.NullMarked;
