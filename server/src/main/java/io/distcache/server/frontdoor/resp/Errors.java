package io.distcache.server.frontdoor.resp;

import java.util.Locale;

/** What a client is told that asked for something wrong, where several commands say the same. Stateless. */
final class Errors {
    static final String SYNTAX = "ERR syntax error";
    static final String NO_INTEGER = "ERR value is not an integer or out of range";
    static final String TOO_LONG = "ERR string exceeds maximum allowed size (proto-max-bulk-len)";

    private static final int SHOWN_BYTES = 128;

    private Errors() {}

    /** That there is no such command, with the words after it. */
    static String unknown(Request request) {
        StringBuilder arguments = new StringBuilder();
        for (int i = 1; i < request.count() && arguments.length() < SHOWN_BYTES; i++) {
            String argument = request.text(i);
            int room = SHOWN_BYTES - arguments.length();
            arguments
                    .append('\'')
                    .append(argument, 0, Math.min(room, argument.length()))
                    .append("' ");
        }
        return "ERR unknown command '" + shortened(request.text(0)) + "', with args beginning with: " + arguments;
    }

    /** That a command has no such subcommand. */
    static String unknownSubcommand(RespCommand command, Request request) {
        return "ERR unknown subcommand '" + shortened(request.text(1)) + "'. Try "
                + command.name().toUpperCase(Locale.ROOT) + " HELP.";
    }

    private static String shortened(String name) {
        return name.substring(0, Math.min(SHOWN_BYTES, name.length()));
    }
}
