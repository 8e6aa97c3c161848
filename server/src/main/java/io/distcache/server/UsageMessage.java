package io.distcache.server;

import io.distcache.protocol.OneLine;
import io.distcache.protocol.Secret;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * What is wrong with a command line, without the secrets that may stand in it: the values of {@code --token} and {@code --set}, and
 * whatever follows an option that is not known, which may be one of these misspelled. Stateless.
 */
final class UsageMessage {
    private static final List<String> SECRET_OPTIONS = List.of("--token", "--set");

    private UsageMessage() {}

    static String of(ParameterException wrong, String[] args) {
        if (wrong instanceof UnmatchedArgumentException unmatched) {
            return unmatched(unmatched.getUnmatched(), List.of(args));
        }
        String message = String.valueOf(wrong.getMessage());
        for (String secret : secrets(args)) {
            message = message.replace(secret, Secret.HIDDEN);
        }
        return OneLine.of(message);
    }

    private static List<String> secrets(String[] args) {
        List<String> secrets = new ArrayList<>();
        for (int i = 0; i < args.length; i++) {
            for (String option : SECRET_OPTIONS) {
                if (args[i].equals(option) && i + 1 < args.length) {
                    secrets.add(args[i + 1]);
                } else if (args[i].startsWith(option + "=")) {
                    secrets.add(args[i].substring(option.length() + 1));
                }
            }
        }
        secrets.removeIf(String::isBlank);
        return secrets;
    }

    private static String unmatched(List<String> unmatched, List<String> args) {
        List<String> shown = new ArrayList<>();
        boolean isUnknownOption = false;
        int from = 0;
        for (String argument : unmatched) {
            int at = args.subList(from, args.size()).indexOf(argument) + from;
            if (argument.startsWith("-")) {
                isUnknownOption = true;
                shown.add("'" + optionName(argument) + "'");
            } else if (at >= 0
                    && args.get(at).equals(argument)
                    && (at == 0 || !args.get(at - 1).startsWith("-"))) {
                shown.add("'" + OneLine.of(argument) + "'");
            } else {
                shown.add(Secret.HIDDEN);
            }
            from = Math.max(from, at);
        }
        return (isUnknownOption ? "unknown option " : "superfluous argument ") + String.join(", ", shown);
    }

    /** Of {@code --name=value}, {@code --name:value} and {@code -nvalue} what is a name. */
    private static String optionName(String argument) {
        for (String secret : SECRET_OPTIONS) {
            if (argument.startsWith(secret)) {
                return secret + (argument.equals(secret) ? "" : Secret.HIDDEN);
            }
        }
        int end = argument.startsWith("--") ? 2 : 1;
        int most = argument.startsWith("--") ? argument.length() : Math.min(2, argument.length());
        while (end < most && (Character.isLetterOrDigit(argument.charAt(end)) || argument.charAt(end) == '-')) {
            end++;
        }
        return OneLine.of(argument.substring(0, end)) + (end == argument.length() ? "" : Secret.HIDDEN);
    }
}
