package io.distcache.server.cli;

import io.distcache.protocol.Secret;
import io.distcache.protocol.tls.ClientFiles;
import io.distcache.protocol.tls.NamedFile;
import io.distcache.protocol.tls.TlsToNodes;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How connections to nodes are encrypted, if they are. Confined to one thread. */
public final class TlsOption {

    @Option(
            names = "--tls",
            defaultValue = "${env:DISTCACHE_TLS}",
            description =
                    "The nodes speak TLS (server.tls). Without these options: DISTCACHE_TLS=true, DISTCACHE_TLS_TRUST, ...")
    private boolean on;

    @Option(
            names = "--tls-trust",
            paramLabel = "FILE",
            defaultValue = "${env:DISTCACHE_TLS_TRUST}",
            description = "The authorities whose nodes are believed: PEM, or PKCS#12 and DISTCACHE_TLS_TRUST_PASSWORD.")
    private @Nullable String trust;

    @Option(
            names = "--tls-certificate",
            paramLabel = "FILE",
            defaultValue = "${env:DISTCACHE_TLS_CERTIFICATE}",
            description = "Who you are: PEM or PKCS#12.")
    private @Nullable String certificate;

    @Option(
            names = "--tls-key",
            paramLabel = "FILE",
            defaultValue = "${env:DISTCACHE_TLS_KEY}",
            description = "The key of that: PEM. If it is encrypted: DISTCACHE_TLS_KEY_PASSWORD.")
    private @Nullable String key;

    @Option(
            names = "--tls-any-host",
            description =
                    "Believe a node that shows the certificate of another host; also if DISTCACHE_TLS_VERIFY_HOST is false.")
    private boolean anyHost;

    @Option(names = "--tls-trust-password", hidden = true, defaultValue = "${env:DISTCACHE_TLS_TRUST_PASSWORD}")
    private @Nullable String trustWord;

    @Option(names = "--tls-key-password", hidden = true, defaultValue = "${env:DISTCACHE_TLS_KEY_PASSWORD}")
    private @Nullable String keyWord;

    /**
     * What encrypts connections; null if they are plain.
     *
     * @throws IOException if a file cannot be used
     */
    public @Nullable TlsToNodes read() throws IOException {
        if (!on) {
            if (trust != null || certificate != null || key != null) {
                throw new WrongArgumentException("--tls-trust, --tls-certificate or --tls-key is given without --tls");
            }
            return null;
        }
        return TlsToNodes.read(new ClientFiles(
                file("--tls-trust", trust),
                secret(trustWord),
                file("--tls-certificate", certificate),
                file("--tls-key", key),
                secret(keyWord),
                !anyHost && !"false".equalsIgnoreCase(System.getenv("DISTCACHE_TLS_VERIFY_HOST"))));
    }

    private static @Nullable NamedFile file(String option, @Nullable String path) {
        return path == null || path.isEmpty() ? null : new NamedFile(option, Path.of(path));
    }

    private static Secret secret(@Nullable String text) {
        return Secret.of(text == null ? "" : text);
    }
}
