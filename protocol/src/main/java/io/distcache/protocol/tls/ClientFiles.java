package io.distcache.protocol.tls;

import io.distcache.protocol.Secret;
import org.jspecify.annotations.Nullable;

/**
 * What a client is told of TLS. Immutable.
 *
 * @param trust the file with the authorities whose nodes are believed; null for those that the JDK trusts
 * @param trustPassword of that file, if it is PKCS#12
 * @param certificate the file with the client's own certificate; null if it has none
 * @param key the file with the certificate's key; null if it is in the same file
 * @param keyPassword of an encrypted key or a file of PKCS#12
 * @param verifyHost whether the certificate of a node must be for the host that is connected to
 */
public record ClientFiles(
        @Nullable NamedFile trust,
        Secret trustPassword,
        @Nullable NamedFile certificate,
        @Nullable NamedFile key,
        Secret keyPassword,
        boolean verifyHost) {}
