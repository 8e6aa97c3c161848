/** The two MXBeans of the standard and what they count. */
@NullMarked
package io.distcache.jcache.internal.management;

import org.jspecify.annotations.NullMarked;
