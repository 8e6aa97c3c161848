/**
 * The end of an application in a servlet container: what it left open is closed then. Read {@link
 * io.distcache.jcache.internal.application.ServletApplications} first. Nothing outside this package knows servlets.
 */
@NullMarked
package io.distcache.jcache.internal.application;

import org.jspecify.annotations.NullMarked;
