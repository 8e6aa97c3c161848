package io.distcache.server.access;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.distcache.protocol.OneLine;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who came, who was refused, and who changed caches, the pool or the node: a line of JSON each, on a logger of its own, {@value #LOGGER}. Never
 * with a secret. Refusals are logged at most {@value #MOST_REFUSALS} times in a second; those that are left out are counted in the next line.
 * Thread-safe.
 */
final class AuditLog {
    /** Its name, by which a binding of SLF4J can send it to a file of its own. */
    static final String LOGGER = "io.distcache.audit";

    private static final int MOST_REFUSALS = 20;
    private static final long SECOND_NANOS = 1_000_000_000;
    private static final Logger LOG = LoggerFactory.getLogger(LOGGER);
    private static final JsonFactory JSON = JsonFactory.builder().build();

    private final LongSupplier nanos;
    private final LongAdder failures = new LongAdder();
    private final LongAdder refusals = new LongAdder();
    /** Guarded by this, as are the next two. */
    private long secondBegan;

    private int inSecond;
    private long leftOut;

    AuditLog(LongSupplier nanos) {
        this.nanos = nanos;
        this.secondBegan = nanos.getAsLong();
    }

    /** Logins that failed since the start. */
    long failures() {
        return failures.sum();
    }

    /** Commands refused since the start. */
    long refusals() {
        return refusals.sum();
    }

    void login(Principal who) {
        if (LOG.isInfoEnabled()) {
            LOG.info(line("login", who.name(), who.caller(), "", "", 0));
        }
    }

    void loginFailed(String user, Caller caller, String why) {
        failures.increment();
        long before = refusalsLeftOut();
        if (before >= 0 && LOG.isWarnEnabled()) {
            LOG.warn(line("login-failed", user, caller, "", why, before));
        }
    }

    void refused(Principal who, String effect, String what) {
        refusals.increment();
        long before = refusalsLeftOut();
        if (before >= 0 && LOG.isWarnEnabled()) {
            LOG.warn(line("refused", who.name(), who.caller(), effect, what, before));
        }
    }

    void done(Principal who, String effect, String what) {
        if (LOG.isInfoEnabled()) {
            LOG.info(line("done", who.name(), who.caller(), effect, what, 0));
        }
    }

    /** How many refusals have been left out before this one; negative if this one is, too. */
    private synchronized long refusalsLeftOut() {
        long now = nanos.getAsLong();
        if (now - secondBegan >= SECOND_NANOS) {
            secondBegan = now;
            inSecond = 0;
        }
        if (inSecond >= MOST_REFUSALS) {
            leftOut++;
            return -1;
        }
        inSecond++;
        long before = leftOut;
        leftOut = 0;
        return before;
    }

    private static String line(String event, String user, Caller caller, String effect, String what, long leftOut) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.writeStartObject();
            json.writeStringField("event", event);
            json.writeStringField("user", OneLine.of(user, 128));
            json.writeStringField("address", caller.address());
            json.writeStringField("door", caller.door());
            if (!effect.isEmpty()) {
                json.writeStringField("effect", effect.toLowerCase(Locale.ROOT));
            }
            if (!what.isEmpty()) {
                json.writeStringField("what", OneLine.of(what));
            }
            if (leftOut > 0) {
                json.writeNumberField("leftOut", leftOut);
            }
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }
}
