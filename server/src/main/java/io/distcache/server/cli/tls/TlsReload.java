package io.distcache.server.cli.tls;

import com.fasterxml.jackson.core.JsonGenerator;
import io.distcache.protocol.Command.Reload;
import io.distcache.protocol.OneLine;
import io.distcache.protocol.Reply;
import io.distcache.server.cli.Access;
import io.distcache.server.cli.Json;
import io.distcache.server.cli.NodeConnection;
import io.distcache.server.cli.Table;
import io.distcache.server.cli.Tool;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code distcache tls reload}. Confined to one thread. */
@Command(
        name = "reload",
        description = {
            "Has a running node look now at the files of its certificate and of its users, as it does by itself every few",
            "seconds, and says what it found. A file that cannot be used is an error, and changes nothing.",
            "Wants the right of an operator."
        })
final class TlsReload extends Tool {

    @Option(
            names = "--node",
            paramLabel = "HOST:PORT",
            defaultValue = "127.0.0.1:2050",
            description = "Default ${DEFAULT-VALUE}.")
    private String node = "";

    @Mixin
    private Access access = new Access();

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        try (NodeConnection connection = access.connect(node)) {
            Reply.Reloaded now = (Reply.Reloaded) connection.ask(new Reload());
            if (json) {
                print(now);
            } else {
                out().println(node + ": " + certificate(now) + "; " + users(now));
            }
            out().flush();
            return ExitCode.OK;
        }
    }

    private static String certificate(Reply.Reloaded now) {
        if (now.certificate().isEmpty()) {
            return "no TLS (server.tls = off)";
        }
        return (now.isNewCertificate() ? "new certificate " : "certificate as before: ") + OneLine.of(now.certificate())
                + ", valid until " + Table.time(now.expiresMillis());
    }

    private static String users(Reply.Reloaded now) {
        return now.users() < 0 ? "no access file" : now.users() + (now.users() == 1 ? " user" : " users");
    }

    private void print(Reply.Reloaded now) throws IOException {
        try (JsonGenerator to = Json.lines(out())) {
            to.writeStartObject();
            if (!now.certificate().isEmpty()) {
                to.writeStringField("certificate", now.certificate());
                Json.time(to, "validUntil", now.expiresMillis());
                to.writeBooleanField("isNew", now.isNewCertificate());
            }
            if (now.users() >= 0) {
                to.writeNumberField("users", now.users());
            }
            to.writeEndObject();
        }
        out().println();
    }
}
