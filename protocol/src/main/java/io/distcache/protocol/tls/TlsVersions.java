package io.distcache.protocol.tls;

import java.util.List;

/**
 * What both ends speak: TLS 1.3, and TLS 1.2 for clients of other caches that have no newer, with suites that keep past connections
 * secret if a key is lost, and that authenticate what they encrypt (RFC 9325, 4.2). Stateless.
 */
public final class TlsVersions {
    /** The versions, as the JDK calls them. */
    public static final List<String> PROTOCOLS = List.of("TLSv1.3", "TLSv1.2");

    /** The suites, the preferred first; those that the JDK at hand does not have are left out. */
    public static final List<String> SUITES = List.of(
            "TLS_AES_128_GCM_SHA256",
            "TLS_AES_256_GCM_SHA384",
            "TLS_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");

    private TlsVersions() {}
}
