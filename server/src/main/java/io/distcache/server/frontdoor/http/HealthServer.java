package io.distcache.server.frontdoor.http;

import io.distcache.protocol.HealthReport;
import io.distcache.server.access.AccessControl;
import io.distcache.server.tls.NodeTls;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.ServerSSLOptions;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers {@code GET /health} with the node's health report as JSON: 200 while it serves reads and changes, else 503; {@code GET /ready}
 * with whether the next node of the pool may be stopped, and why not; and {@code GET /metrics} with the report's figures for Prometheus.
 * Made for load balancers, scripts, monitoring and people; anything else is 404 or 405. Thread-safe.
 */
public final class HealthServer {
    private static final Logger LOG = LoggerFactory.getLogger(HealthServer.class);
    private static final String HEALTH = "/health";
    private static final String READY = "/ready";
    private static final String METRICS = "/metrics";
    /** All that can be asked for. */
    public static final Set<String> PATHS = Set.of(HEALTH, READY, METRICS);

    private static final int MAX_LINE_BYTES = 1024;
    private static final int MAX_HEADER_BYTES = 8192;
    private static final int IDLE_SECONDS = 30;
    /** Each may hold a line and headers of a request, and a reply; who asks for health needs few. */
    private static final int MAX_CONNECTIONS = 256;

    private final AtomicInteger connections = new AtomicInteger();
    private final Vertx vertx;
    private final Supplier<HealthReport> health;
    private final @Nullable NodeTls tls;
    private final Visitors visitors;
    private final FailedHandshakes failedHandshakes = new FailedHandshakes(LOG::warn, System::nanoTime);
    private @Nullable HttpServer server;

    /**
     * A server that does not listen yet.
     *
     * @param access who is told everything; others are told the state
     * @param tls encrypts connections; null if they are plain
     */
    public HealthServer(Vertx vertx, Supplier<HealthReport> health, AccessControl access, @Nullable NodeTls tls) {
        this.vertx = vertx;
        this.health = health;
        this.visitors = new Visitors(access);
        this.tls = tls;
    }

    /** Starts to listen; completes with the port. */
    public Future<Integer> listen(String host, int port) {
        HttpServerOptions options = new HttpServerOptions()
                .setHost(host)
                .setPort(port)
                .setTcpKeepAlive(true)
                .setMaxInitialLineLength(MAX_LINE_BYTES)
                .setMaxHeaderSize(MAX_HEADER_BYTES)
                .setIdleTimeout(IDLE_SECONDS);
        if (tls != null) {
            encrypt(options, tls.options());
        }
        HttpServer started = vertx.createHttpServer(options)
                .exceptionHandler(failure -> {
                    LOG.debug("a connection to http.port failed: {}", failure.toString());
                    failedHandshakes.failed(failure);
                })
                .requestHandler(this::answer)
                .connectionHandler(connection -> {
                    connection.closeHandler(closed -> connections.decrementAndGet());
                    if (connections.incrementAndGet() > MAX_CONNECTIONS) {
                        LOG.debug("refused {}: there are {} connections", connection.remoteAddress(), MAX_CONNECTIONS);
                        connection.close();
                    }
                });
        server = started;
        if (tls != null) {
            tls.afterChange(() -> started.updateSSLOptions(tls.options())
                    .onFailure(e -> LOG.error("http.port goes on with the certificate that it had", e)));
        }
        return started.listen().map(HttpServer::actualPort);
    }

    private static void encrypt(HttpServerOptions options, ServerSSLOptions as) {
        options.setSsl(true)
                .setClientAuth(as.getClientAuth())
                .setKeyCertOptions(as.getKeyCertOptions())
                .setTrustOptions(as.getTrustOptions())
                .setEnabledSecureTransportProtocols(as.getEnabledSecureTransportProtocols())
                .setSslHandshakeTimeoutUnit(as.getSslHandshakeTimeoutUnit())
                .setSslHandshakeTimeout(as.getSslHandshakeTimeout());
        as.getEnabledCipherSuites().forEach(options::addEnabledCipherSuite);
    }

    /** Stops listening. */
    public void close() throws InterruptedException {
        HttpServer running = server;
        if (running != null) {
            try {
                running.close().await(5, TimeUnit.SECONDS);
            } catch (TimeoutException e) {
                LOG.warn("the HTTP port did not close within 5 s");
            }
        }
    }

    private void answer(HttpServerRequest request) {
        HttpServerResponse response = request.response();
        String path = String.valueOf(request.path());
        if (!PATHS.contains(path)) {
            response.setStatusCode(404).end("only " + HEALTH + ", " + READY + " and " + METRICS + " are here\n");
        } else if (!request.method().equals(HttpMethod.GET) && !request.method().equals(HttpMethod.HEAD)) {
            response.setStatusCode(405).putHeader("Allow", "GET, HEAD").end();
        } else {
            visitors.receive(request, visitor -> answer(request, path, visitor));
        }
    }

    private void answer(HttpServerRequest request, String path, Visitors.Visitor visitor) {
        if (visitor == Visitors.Visitor.REFUSED) {
            refuse(request, "the user, password or token is wrong");
        } else if (!path.equals(METRICS)) {
            answerState(request, path.equals(HEALTH), visitor == Visitors.Visitor.KNOWN);
        } else if (visitor == Visitors.Visitor.KNOWN) {
            answerMetrics(request);
        } else {
            refuse(request, "metrics are told to users only: say a user and password, or a token");
        }
    }

    private static void refuse(HttpServerRequest request, String why) {
        request.response()
                .setStatusCode(401)
                .putHeader("WWW-Authenticate", "Basic realm=\"distcache\", charset=\"UTF-8\"")
                .end(why + "\n");
    }

    private void answerState(HttpServerRequest request, boolean asksHealth, boolean isKnown) {
        HealthReport report = health.get();
        boolean good = asksHealth ? report.state() == HealthReport.State.SERVING : report.isReady();
        JsonObject told = asksHealth ? json(report) : ready(report);
        if (!isKnown) {
            told.fieldNames().retainAll(Set.of("state", "ready"));
        }
        answer(request, good ? 200 : 503, "application/json", Buffer.buffer(told.encode() + "\n"));
    }

    /** In any state: Prometheus takes nothing from an answer that is not 200. */
    private void answerMetrics(HttpServerRequest request) {
        HealthReport report = health.get();
        Metrics metrics = Metrics.of(report, name(report.state()), request.getHeader("Accept"));
        answer(request, 200, metrics.contentType(), metrics.text());
    }

    private static void answer(HttpServerRequest request, int status, String contentType, Buffer content) {
        HttpServerResponse response = request.response()
                .setStatusCode(status)
                .putHeader("Content-Type", contentType)
                .putHeader("Cache-Control", "no-store");
        if (request.method().equals(HttpMethod.HEAD)) {
            response.end();
        } else {
            response.end(content);
        }
    }

    /** Whether the next node may be stopped, and if not, why. */
    private static JsonObject ready(HealthReport report) {
        JsonObject json = new JsonObject().put("ready", report.isReady()).put("node", report.node());
        if (report.state() != HealthReport.State.SERVING) {
            json.put("why", "it is " + name(report.state()) + (report.cause().isEmpty() ? "" : ": " + report.cause()));
        } else if (!report.isReady()) {
            json.put("why", report.notReady());
        }
        return json;
    }

    private static String name(HealthReport.State state) {
        return state.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The report's parts by their names; the state in lower case with hyphens. */
    private static JsonObject json(HealthReport report) {
        JsonObject json = new JsonObject();
        report.parts()
                .forEach((name, part) -> json.put(name, part instanceof HealthReport.State state ? name(state) : part));
        return json;
    }
}
