package com.acme.tomee;

import java.io.File;
import java.util.Arrays;
import java.util.List;
import org.apache.tomee.embedded.Configuration;
import org.apache.tomee.embedded.Container;

/** TomEE in a program, with WARs, each of which is undeployed when its file goes. Confined to the main thread. */
public final class Server {
    private Server() {}

    /** Takes the port, a directory for the server's own files, and the WARs. */
    public static void main(String[] arguments) throws Exception {
        Configuration configuration = new Configuration();
        configuration.setHost("127.0.0.1");
        configuration.setHttpPort(Integer.parseInt(arguments[0]));
        configuration.setStopPort(-1);
        configuration.setDir(arguments[1]);
        configuration.setDeleteBaseOnStartup(true);
        List<File> wars = Arrays.stream(arguments).skip(2).map(File::new).toList();
        Container container = new Container(configuration);
        for (File war : wars) {
            container.deploy(name(war), war);
        }
        for (File war : wars) {
            while (war.exists()) {
                Thread.sleep(500);
            }
            container.undeploy(name(war));
        }
        container.await();
    }

    private static String name(File war) {
        return war.getName().replace(".war", "");
    }
}
