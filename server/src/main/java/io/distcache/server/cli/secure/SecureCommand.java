package io.distcache.server.cli.secure;

import com.fasterxml.jackson.core.JsonGenerator;
import io.distcache.server.cli.Json;
import io.distcache.server.cli.Tool;
import io.distcache.server.cli.WrongArgumentException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code distcache secure}: certificates and users for a first node. Confined to one thread. */
@Command(
        name = "secure",
        description = {
            "Makes all that a node with TLS and users needs, in a new directory: an authority of your own, certificates for",
            "nodes and an application that it has signed, an access file with the users \"operator\" and \"app\", a token for",
            "each, and a configuration for nodes. Prints how to start a node with it, and how to connect. No secret is",
            "printed; files with secrets may be read by you only."
        })
public final class SecureCommand extends Tool {
    private static final int MOST_DAYS = 36_500;
    private static final int PORT = 2050;
    private static final Pattern IPV4 = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");
    private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");
    private static final Pattern HOST = Pattern.compile("(\\*\\.)?[A-Za-z0-9]([A-Za-z0-9.-]{0,252})");

    @Parameters(paramLabel = "DIR", description = "Where the files go: a new directory, or an empty one.")
    private Path directory = Path.of("");

    @Option(
            names = "--host",
            paramLabel = "NAME",
            description = {
                "A name or address by which clients reach nodes, besides localhost, 127.0.0.1 and ::1; may be given many",
                "times."
            })
    private List<String> hosts = new ArrayList<>();

    @Option(
            names = "--days",
            paramLabel = "N",
            defaultValue = "365",
            description = {
                "How long the certificates of nodes and the application are valid; default ${DEFAULT-VALUE}. The authority",
                "is for ten years at least."
            })
    private int days;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        if (days < 1 || days > MOST_DAYS) {
            throw new WrongArgumentException("--days is " + days + "; allowed are 1 to " + MOST_DAYS);
        }
        SecureDirectory made = SecureDirectory.make(directory, alternativeNames(), days);
        if (json) {
            print(made);
        } else {
            tell(made);
        }
        out().flush();
        return ExitCode.OK;
    }

    /** As keytool writes them. */
    private List<String> alternativeNames() throws IOException {
        List<String> names = new ArrayList<>(List.of("dns:localhost", "ip:127.0.0.1", "ip:0:0:0:0:0:0:0:1"));
        for (String host : hosts) {
            String name;
            if (IPV4.matcher(host).matches() || IPV6.matcher(host).matches()) {
                name = "ip:" + address(host);
            } else if (HOST.matcher(host).matches()) {
                name = "dns:" + host;
            } else {
                throw new WrongArgumentException("--host " + host + " is no name or address of a host");
            }
            if (!names.contains(name)) {
                names.add(name);
            }
        }
        return names;
    }

    private static String address(String literal) throws WrongArgumentException {
        try {
            return InetAddress.getByName(literal).getHostAddress();
        } catch (IOException e) {
            throw new WrongArgumentException("--host " + literal + " is no address");
        }
    }

    /** Where the printed lines reach the node. */
    private String host() {
        String host = hosts.isEmpty() ? "localhost" : hosts.get(0);
        return host.indexOf(':') >= 0 ? "[" + host + "]" : host.startsWith("*.") ? "localhost" : host;
    }

    private String startsNode(SecureDirectory made) {
        return "bin/distcache server --config " + quoted(made.shown("node.properties"))
                + (hosts.isEmpty() ? "" : " --bind 0.0.0.0");
    }

    private String asksHealth(SecureDirectory made) {
        return "bin/distcache health --node " + host() + ":" + PORT + " --tls --tls-trust "
                + quoted(made.shown("ca.pem")) + " --token-file "
                + quoted(made.shown(SecureDirectory.OPERATOR + ".token"));
    }

    private String uri(SecureDirectory made) {
        return "distcache://" + host() + ":" + PORT + "/default?tls=true&tls.trust=" + encoded(made.shown("ca.pem"))
                + "&token-file=" + encoded(made.shown(SecureDirectory.APPLICATION + ".token"));
    }

    /** For a shell. */
    private static String quoted(String path) {
        return path.matches("[A-Za-z0-9_./:\\\\+@%,-]+") ? path : "'" + path.replace("'", "'\\''") + "'";
    }

    private static String encoded(String path) {
        return URLEncoder.encode(path, StandardCharsets.UTF_8)
                .replace("%2F", "/")
                .replace("+", "%20");
    }

    private void tell(SecureDirectory made) {
        out().println("made in " + directory.toAbsolutePath().normalize() + ":");
        line("ca.pem", "the authority: clients trust nodes by it");
        line("ca.key", "its key, which signs more certificates: keep it where no node is");
        line(
                "node.pem, .key",
                "of nodes, for " + days + " days, at localhost"
                        + (hosts.isEmpty() ? "" : ", " + String.join(", ", hosts)));
        line("app.pem, .key", "of an application, for " + days + " days: another way to be the user app");
        line("access.conf", "the users operator and app, and what they may do");
        line("operator.token", "lets its holder be the user operator");
        line("app.token", "lets its holder be the user app");
        line("node.properties", "the configuration of nodes");
        out().println();
        out().println("a node:");
        out().println("  " + startsNode(made));
        out().println("how it is:");
        out().println("  " + asksHealth(made));
        out().println("an application:");
        out().println("  DISTCACHE_URI='" + uri(made).replace("'", "%27") + "' java ...");
    }

    private void line(String files, String what) {
        out().printf("  %-16s %s%n", files, what);
    }

    private void print(SecureDirectory made) throws IOException {
        try (JsonGenerator to = Json.lines(out())) {
            to.writeStartObject();
            to.writeStringField(
                    "directory", directory.toAbsolutePath().normalize().toString());
            to.writeArrayFieldStart("files");
            for (String name : made.names()) {
                to.writeString(name);
            }
            to.writeEndArray();
            to.writeStringField("node", startsNode(made));
            to.writeStringField("health", asksHealth(made));
            to.writeStringField("uri", uri(made));
            to.writeEndObject();
        }
        out().println();
    }
}
